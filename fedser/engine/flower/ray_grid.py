"""Flower's simulation on a private Ray: started for one training, and gone without a trace when it has ended.

Each treatment below answers what stock Flower does (flwr 1.41, ray 2.55): a killed worker is never replaced, an
interrupted or failed run waits for ever for replies that no one will send, and Ray joins a cluster it happens to find.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Any

import ray

# Not public in flwr 1.41, and a type only.
from flwr.server.superlink.fleet.vce.backend.backend import BackendConfig
from flwr.simulation import run_simulation

# Not public in ray 2.55: the actors of a job, and how to end one of which only the id is known.
from ray._private import state as ray_state
from ray._private.worker import global_worker

from fedser.engine.flower.client_app import app as client_app
from fedser.engine.flower.environment import quiet, restored
from fedser.engine.flower.outcome import Outcome
from fedser.engine.flower.server import Server
from fedser.engine.history import State
from fedser.errors import EngineError


def run_on_ray(server: Server, workers: int) -> State:
    """Train on ``workers`` processes; raises EngineError where Ray cannot start, or breaks down."""
    if ray.is_initialized():
        raise EngineError("engine.grid: Ray is already in use in this process; choose grid: in_process here")
    outcome = Outcome()
    with restored(), quiet(), _interruptible(outcome.stop):
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            run_simulation(server.app(outcome, _end_workers), client_app, server.nodes, backend_config=_config(workers))
        except RuntimeError as error:
            if not outcome.known:
                raise EngineError(f"engine.grid: Ray has failed: {_cause(error)}") from error
        finally:
            interrupted = outcome.stop.is_set()
            outcome.stop.set()  # or the ServerApp's thread would outlive a backend that failed
    if interrupted:
        raise KeyboardInterrupt
    return outcome.result()


def _config(workers: int) -> BackendConfig:
    return {
        "init_args": {
            "address": "local",
            "num_cpus": workers,
            "include_dashboard": False,
            "log_to_driver": False,
            "logging_level": logging.ERROR,
        },
        # The last two reach Ray's actors as they are: a worker that dies is replaced, and its message sent again.
        "client_resources": {"num_cpus": 1, "num_gpus": 0.0, "max_restarts": -1, "max_task_retries": 3},
    }


def _end_workers() -> None:
    """Make every wait for a worker end at once.

    Flower joins the threads that wait, before it asks the workers to exit (which Ray reports as failed, and retries),
    and a wait that is not over at Ray's shutdown never is.
    """
    if ray.is_initialized():
        core: Any = global_worker.core_worker  # type: ignore[attr-defined]
        for actor in ray_state.actors():
            core.kill_actor(ray.ActorID.from_hex(actor), True)


@contextmanager
def _interruptible(stop: Event) -> Iterator[None]:
    """Let Ctrl-C end the ServerApp first, and everything else in order after it; a second one acts as ever.

    Afterwards both handlers are what they were (Ray installs one for SIGTERM and leaves it).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.SIGINT])

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"
