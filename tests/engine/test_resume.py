"""A killed training goes on from its last kept round and ends as if nothing had happened, bit for bit."""

import signal
import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import FreezeFirst, PrivateFirst, TopK
from fedser.engine import Cohort, EngineConfig, Flower, Inline
from fedser.engine.checkpoint import load_state, save_state
from fedser.errors import CaptureError

KILLED = """
import os, signal, sys
from pathlib import Path
from pydantic import TypeAdapter
from fedser.engine import EngineConfig
from fedser.engine.data import TrainingData
from fedser.engine.simulation import Simulation
from fedser.engine.training import Keep, Training
from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter

inputs, folder = Path(sys.argv[1]), Path(sys.argv[2])
def die(number):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
store = StoreWriter(folder / "updates", PublicParameters.load(inputs), Capture())
simulation = Simulation.model_validate_json((inputs / "simulation.json").read_text())
data = TrainingData.model_validate_json((inputs / "data.json").read_text())
engine = TypeAdapter(EngineConfig).validate_json(sys.argv[3])
engine.run(Training(simulation, data, store, ticked=die, keep=Keep(folder / "state", 2)))
"""

SINGLE, STACKED = (Cohort(workers=1, method=method) for method in ("single", "stacked"))
WAYS = {
    "inline": (Inline(), Inline()),
    "single": (SINGLE, SINGLE),
    "stacked-narrow": (STACKED, STACKED.model_copy(update={"memory": 1e-9})),
    "flower": (Flower(grid="in_process", nodes=2), Flower(grid="in_process", nodes="per_client")),
    "cohort-flower": (STACKED, Flower(grid="in_process", method="stacked")),
}
"""An engine that is interrupted, and one that goes on, bit for bit."""


TRAININGS = {
    "sgd": {"algorithm": FedSGD(client_fraction=0.6)},
    "avg": {"algorithm": FedAvg(client_fraction=0.6)},
    "kept": {"algorithm": FedSGD(client_fraction=0.6), "defenses": (TopK(share=0.3),)},
    "own": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (TopK(share=0.3), PrivateFirst())},
    "frozen": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (FreezeFirst(from_round=4),)},
}


@pytest.mark.parametrize("changes", TRAININGS.values(), ids=TRAININGS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stop", [1, 4, 5])
def test_an_interrupted_training_goes_on(world, run, tmp_path, changes, way, stop):
    def interrupt(seen):
        if seen.number == stop:
            raise KeyboardInterrupt

    engine, again = WAYS[way]
    made = world(rounds=7, **changes)
    whole = run(engine, made, tmp_path / "whole")
    assert isinstance(run(engine, made, tmp_path / "cut", interrupt).error, KeyboardInterrupt)
    numbers = []
    resumed = run(again, made, tmp_path / "cut", lambda seen: numbers.append(seen.number))
    assert numbers == list(range((stop - 1) // 2 * 2 + 1, 8))
    assert resumed.files == whole.files and resumed.state.history == whole.state.history


@pytest.mark.parametrize("engine", [STACKED, Flower(grid="in_process", nodes=2)], ids=["cohort", "flower"])
def test_a_training_killed_in_another_process_goes_on(world, run, tmp_path, engine):
    made = world(rounds=7, defenses=(TopK(share=0.3),))
    whole = run(engine, made, tmp_path / "whole")
    inputs = tmp_path / "whole" / "updates"
    (inputs / "simulation.json").write_text(made.simulation.model_dump_json())
    (inputs / "data.json").write_text(made.data.model_dump_json())
    chosen = TypeAdapter(EngineConfig).dump_json(engine).decode()
    command = [sys.executable, "-c", KILLED, inputs, tmp_path / "cut", chosen]
    killed = subprocess.run(command, capture_output=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert load_state(tmp_path / "cut" / "state").round == 4
    resumed = run(engine, made, tmp_path / "cut")
    assert resumed.files == whole.files and resumed.state.history == whole.state.history


@pytest.mark.parametrize("engine", [Inline(), STACKED], ids=["inline", "cohort"])
def test_a_state_that_was_half_written_is_cleared(world, run, tmp_path, engine):
    whole = run(engine, world(), tmp_path / "whole")
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / ".state.77-0a1b2c3d.part").write_bytes(b"a beginning")
    (tmp_path / "cut" / ".another.77-0a1b2c3d.part").write_bytes(b"of someone else")
    left = run(engine, world(), tmp_path / "cut")
    assert left.files == whole.files | {".another.77-0a1b2c3d.part": b"of someone else"}


def test_a_finished_training_is_not_run_again(world, run, tmp_path):
    made = world()
    first = run(Inline(), made, tmp_path)
    again = run(Inline(), made, tmp_path, lambda seen: pytest.fail("a round was run"))
    assert again.error is None and again.state.history == first.state.history


def test_more_rounds_go_on_from_where_fewer_ended(world, run, tmp_path):
    whole = run(Inline(), world(rounds=6), tmp_path / "whole")
    run(Inline(), world(rounds=3), tmp_path / "more")
    assert run(Inline(), world(rounds=6), tmp_path / "more").state.history == whole.state.history


def test_a_state_is_read_back_as_it_was(world, run, tmp_path):
    state = run(Inline(), world(sizes=(1, 1)), tmp_path).state
    save_state(tmp_path / "copy", state)
    save_state(tmp_path / "again", load_state(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "again").read_bytes()
    assert load_state(tmp_path / "none") is None


def test_a_damaged_state_is_refused(world, run, tmp_path):
    made = world()
    run(Inline(), made, tmp_path)
    whole = (tmp_path / "state").read_bytes()
    (tmp_path / "state").write_bytes(whole[: len(whole) // 2])
    left = run(Inline(), made, tmp_path)
    assert isinstance(left.error, CaptureError)
    assert str(left.error).startswith(f"{tmp_path / 'state'}: not a readable checkpoint (")
    assert str(left.error).endswith("; delete its folder to start again")
