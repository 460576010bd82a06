"""What Flower and Ray are told before they are imported: no reports, no look-ups, no writing into the home folder."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_SETTINGS = {
    "FLWR_TELEMETRY_ENABLED": "0",
    "FLWR_DISABLE_UPDATE_CHECK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Leaves the visible devices of a worker as they are; unset, Ray warns of a default that is to change.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray watches the memory of the whole machine and ends its own workers when another program needs it.
    "RAY_memory_monitor_refresh_ms": "0",
}


def prepare() -> None:
    """Set what is not set yet; to be called before the first import of flwr or ray (they read it then)."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    if "FLWR_HOME" not in os.environ:
        # Flower writes a random identity of this machine there, even without telemetry.
        os.environ["FLWR_HOME"] = tempfile.mkdtemp(prefix="fedser-flower-")
        atexit.register(shutil.rmtree, os.environ["FLWR_HOME"], ignore_errors=True)


@contextmanager
def restored() -> Iterator[None]:
    """Put the environment back afterwards: Flower appends all of ``sys.path`` to PYTHONPATH with each run."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Flower's log: its errors come out as exceptions, and the rest is progress and announcements."""
    logger = logging.getLogger("flwr")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
