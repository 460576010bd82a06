"""Shadow updates at the private training's own models: what a client would send there, and what attacks learn of it."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fedser.engine.checkpoint import save_state
from fedser.engine.history import State
from fedser.engine.training import Keep, Training
from fedser.errors import CaptureError, ClientError
from fedser.metrics.recall import confusion, uar
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores
from simulations.stages.aligned import align
from simulations.stages.alignment import Alignment
from simulations.stages.attack import attack
from simulations.stages.prepared import Prepared, write_prepared
from simulations.stages.simulate import simulate
from simulations.stages.truth import clients_table

WIDTH = 24
ENGINES = [
    {"name": "inline"},
    {"name": "cohort", "workers": 1, "method": "single"},
    {"name": "cohort", "workers": 1, "method": "stacked"},
    {"name": "flower", "grid": "in_process"},
]
LOGISTIC = {"name": "logistic", "shadow": "aligned"}
WHOLE = {"name": "cnn", "shadow": "aligned", "epochs": 1, "threads": 1}
DEFENSES = [
    {"name": "dropout", "rate": 0.4},
    {"name": "clip", "norm": 0.5},
    {"name": "noise", "sigma": 0.01},
    {"name": "local_aggregation", "clients": 3},
]


class Silent:
    """Bars that nobody sees; ``told`` is called with each number of rounds that are done."""

    def __init__(self, told: Callable[[str, int], None] = lambda name, done: None) -> None:
        self._told = told

    def bar(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self._told(name, done)


class Study:
    """An experiment on drawn features whose gender moves one input by ``strength``, stage by stage."""

    def __init__(self, folder: Path, strength: float = 3.0, **changes: Any) -> None:
        settings: dict[str, Any] = {
            "name": "aligned",
            "seed": 3,
            "corpora": {
                "private": {"name": "synthetic", "corpus": "a"},
                "shadow": [{"name": "synthetic", "corpus": "b"}],
            },
            "features": {"name": "opensmile"},
            "partition": {"name": "speaker", "folds": {"number": 2}},
            "model": {"name": "mlp", "hidden": [8, 6]},
            "algorithm": {"name": "fedsgd", "client_fraction": 0.5},
            "rounds": 4,
            "engine": {"name": "cohort", "workers": 1},
            "trainings": {"shadow": 0},
            "attacks": [LOGISTIC],
            "scores": {"inputs": False},  # drawn features bear no descriptors' names
        }
        self.experiment = Experiment.model_validate_json(json.dumps(settings | changes))
        self.folder = RunFolder(folder)
        roles: tuple[Role, ...] = ("private", "shadow")
        self.prepared = {role: _drawn(self.experiment, self.folder.role(role), role, strength) for role in roles}

    def simulate(self) -> "Study":
        simulate(self.experiment, self.folder, self.prepared, Silent(), 1)
        return self

    def align(self, told: Callable[[str, int], None] = lambda name, done: None, workers: int = 1) -> "Study":
        align(self.experiment, self.folder, self.prepared, Silent(told), workers)
        return self

    def attack(self) -> dict[str, AttackScores]:
        found = attack(self.experiment, self.folder, self.prepared, Silent())
        return {one.attack: one for one in found}

    def planned(self, number: int = 0) -> Alignment:
        name = f"aligned-{number}"
        return Alignment(self.experiment, self.folder, self.prepared["shadow"], f"private-{number}", name)

    def uar(self, found: AttackScores) -> float:
        truth = clients_table(self.experiment, "private", self.prepared["private"], ("female", "male"))
        known = truth.set_index(["training", "client"])["value"]
        values = known.loc[list(zip(found.updates["training"], found.updates["client"], strict=True))]
        return uar(confusion(values.to_numpy(), found.scores.argmax(axis=1), 2))


def _drawn(experiment: Experiment, folder: Path, role: Role, strength: float) -> Prepared:
    generator, people = experiment.stream("drawn", role).numpy(), 16
    speakers = pd.DataFrame({"speaker": [f"{role}-{n:02d}" for n in range(people)], "gender": ["female", "male"] * 8})
    utterances = speakers[["speaker"]].loc[np.repeat(np.arange(people), 12)].reset_index(drop=True)
    x = generator.standard_normal((len(utterances), WIDTH)) + np.repeat(
        generator.normal(0, 0.3, (people, WIDTH)), 12, 0
    )
    x[:, 0] += strength * (np.repeat(np.arange(people), 12) % 2 - 0.5)
    y = np.arange(len(utterances)) % 4
    x[np.arange(len(y)), 1 + y] += 2
    clients = experiment.partition.divide(utterances, experiment.stream("partition", role)("clients"))
    folds = experiment.partition.folds.of(speakers, "gender", experiment.stream("partition", role)("folds"))
    return write_prepared(folder, x.astype(np.float32), y.astype(np.int64), utterances, speakers, clients, folds)


def stored(study: Study) -> dict[str, bytes]:
    """Every file of the aligned shadows."""
    root = study.folder.path / "simulate"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("aligned-*/updates/*"))}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: f"{engine['name']}-{engine.get('method', '')}")
@pytest.mark.parametrize("algorithm", ["fedsgd", "fedavg"])
def test_it_is_what_a_client_in_training_would_send(engine: dict[str, Any], algorithm: str, tmp_path: Path) -> None:
    """Bit for bit, defenses included: the files of a training that has come to these models are the same."""
    algorithms = {"name": algorithm, "client_fraction": 0.5}
    changes = {"engine": engine, "algorithm": algorithms, "attacks": [WHOLE], "defenses": DEFENSES}
    study = Study(tmp_path / "run", **changes).simulate().align()
    planned, number = study.planned(1), 3
    models = UpdateStore(study.folder.updates("private-1"))
    broadcast = models.broadcast(number)
    save_state(tmp_path / "state", State(number - 1, broadcast, broadcast, 0, float("-inf"), ()))
    simulation = planned.simulation.model_copy(update={"rounds": number})
    store = StoreWriter(tmp_path / "updates", planned.store.public, Capture())
    training = Training(simulation, study.prepared["shadow"].everyone, store, keep=Keep(tmp_path / "state"))
    study.experiment.engine.run(training)
    name = f"round-{number:06d}.safetensors"
    assert (planned.store.folder / name).read_bytes() == (tmp_path / "updates" / name).read_bytes()
    assert len(UpdateStore(planned.store.folder).rows()) == 4 * 8


def test_clients_are_drawn_anew_at_each_model_and_by_the_attacker(tmp_path: Path) -> None:
    study = Study(tmp_path / "run", aligned={"clients": 5}).simulate().align()
    stores = [UpdateStore(study.folder.updates(f"aligned-{number}")) for number in (0, 1)]
    drawn = [tuple(row.client for row in store.rows() if row.round == number) for store in stores for number in (1, 2)]
    assert len(set(drawn)) == 4 and all(len(set(clients)) == 5 for clients in drawn)
    assert study.planned().simulation.seed != study.experiment.seed
    everyone = Study(tmp_path / "all", aligned={"clients": "all"}).simulate().align()
    assert len(UpdateStore(everyone.folder.updates("aligned-0")).rows()) == 4 * 16


def test_only_every_nth_captured_round_is_asked_at(tmp_path: Path) -> None:
    study = Study(tmp_path / "run", rounds=12, capture={"every": 3}, aligned={"every": 2}).simulate().align()
    assert UpdateStore(study.folder.updates("private-0")).rounds == (1, 4, 7, 10)
    assert UpdateStore(study.folder.updates("aligned-0")).rounds == (1, 7)


def test_only_reductions_are_kept_where_they_are_enough(tmp_path: Path) -> None:
    small = Study(tmp_path / "small").simulate().align()
    large = Study(tmp_path / "large", attacks=[LOGISTIC, WHOLE]).simulate().align()
    stores = [UpdateStore(study.folder.updates("aligned-0")) for study in (small, large)]
    assert [reduction.key for reduction in stores[0].reductions] == ["mean_input.dense1"]
    assert not stores[1].reductions and stores[1].layers == ("dense1", "dense2", "dense3")
    np.testing.assert_array_equal(small.attack()["logistic-aligned"].scores, large.attack()["logistic-aligned"].scores)


class KilledError(Exception):
    """In place of a signal, between two rounds."""


def test_what_was_killed_goes_on(tmp_path: Path) -> None:
    whole, killed = (Study(tmp_path / name).simulate() for name in ("whole", "killed"))
    whole.align()

    def kill(name: str, done: int) -> None:
        if (name, done) == ("align shadows with private-1", 2):
            raise KilledError

    with pytest.raises(KilledError):
        killed.align(kill)
    half = killed.folder.updates("aligned-1") / ".round-000003.safetensors.0.part"
    half.write_bytes(b"half")
    first = killed.folder.updates("aligned-1") / "round-000001.safetensors"
    before = first.stat().st_mtime_ns
    assert UpdateStore(first.parent).rounds == (1, 2)
    seen: list[tuple[str, int]] = []
    killed.align(lambda name, done: seen.append((name, done)))
    assert [done for name, done in seen if name.endswith("private-1")] == [3, 4]
    assert first.stat().st_mtime_ns == before
    half.unlink(missing_ok=True)
    assert stored(killed) == stored(whole)


def test_what_is_finished_is_kept_and_what_was_lost_is_told(tmp_path: Path) -> None:
    study = Study(tmp_path / "run").simulate().align()
    seen: list[str] = []
    study.align(lambda name, done: seen.append(name))
    assert not seen
    folder = study.folder.updates("aligned-0")
    (folder / "round-000002.safetensors").unlink()
    with pytest.raises(CaptureError) as refused:
        study.align()
    assert str(refused.value) == (
        f"{folder}: 1 rounds of aligned shadow updates are missing, the first of them 2;"
        f" delete {folder.parent} and run again"
    )


def test_another_setting_or_another_training_is_another_store(tmp_path: Path) -> None:
    Study(tmp_path / "run").simulate().align()
    for changes in ({"aligned": {"clients": 3}}, {"aligned": {"clients": 3}, "algorithm": _faster()}):
        study = Study(tmp_path / "run", **changes).simulate()
        assert study.planned().is_left()
        study.align()
        assert not study.planned().is_left()
    assert len(UpdateStore(study.folder.updates("aligned-0")).rows()) == 4 * 3


def _faster() -> dict[str, Any]:
    return {"name": "fedsgd", "client_fraction": 0.5, "learning_rate": 0.2}


def test_any_number_of_workers_gives_the_same(tmp_path: Path) -> None:
    alone = Study(tmp_path / "alone").simulate().align()
    several = Study(tmp_path / "several", engine={"name": "cohort", "workers": 2}).simulate().align(workers=2)
    assert stored(alone) == stored(several)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: torch.cuda.is_available() is false")
def test_a_gpu_gives_the_same_up_to_the_order_of_its_sums(tmp_path: Path) -> None:
    here = Study(tmp_path / "run", attacks=[WHOLE]).simulate().align()
    first = {seen.number: seen for seen in UpdateStore(here.folder.updates("aligned-0")).read()}
    gpu = Study(tmp_path / "run", attacks=[WHOLE], engine={"name": "cohort", "device": "cuda"})
    shutil.rmtree(here.folder.training("aligned-0"))
    gpu.align()
    for seen in UpdateStore(here.folder.updates("aligned-0")).read():
        for ours, theirs in zip(seen.updates, first[seen.number].updates, strict=True):
            assert ours.client == theirs.client and ours.examples == theirs.examples
            assert all(np.allclose(ours.arrays[name], theirs.arrays[name], atol=1e-4) for name in theirs.arrays)


def test_a_client_that_fails_is_named(tmp_path: Path) -> None:
    study = Study(tmp_path / "run", aligned={"clients": "all"}).simulate()
    place = study.prepared["shadow"].folder / "x.npy"
    np.save(place, np.full_like(np.load(place), np.nan))
    with pytest.raises(ClientError) as refused:
        study.align()
    assert str(refused.value) == (
        "training aligned-0, round 1, client-00000: the loss is nan: look for non-finite features,"
        " or lower algorithm.learning_rate (it is 0.1)"
    )


SGD = {"name": "fedavg", "optimizer": {"name": "sgd"}, "learning_rate": 0.1}
ATTACKS: Sequence[dict[str, Any]] = (LOGISTIC, {"name": "permuted", "shadow": "aligned", "permutations": 10})


@pytest.mark.parametrize("strength", [4.0, 0.0], ids=["planted", "absent"])
@pytest.mark.parametrize("algorithm", [{"name": "fedsgd"}, SGD], ids=["fedsgd", "fedavg"])
def test_a_planted_attribute_is_found_from_few_updates_and_an_absent_one_is_not(
    strength: float, algorithm: dict[str, Any], tmp_path: Path
) -> None:
    algorithms = algorithm | {"client_fraction": 0.5}
    changes = {"attacks": ATTACKS, "algorithm": algorithms, "model": {"name": "mlp", "hidden": [64, 32]}}
    study = Study(tmp_path / "run", strength, **changes, rounds=8, aligned={"every": 2})
    found = study.simulate().align().attack()
    assert set(found) == {"logistic-aligned", "permuted-aligned"}
    assert all(len(one.updates) == 2 * 8 * 4 for one in found.values())
    assert abs(study.uar(found["permuted-aligned"]) - 0.5) <= 0.25
    reached = study.uar(found["logistic-aligned"])
    assert reached >= 0.9 if strength else abs(reached - 0.5) <= 0.25, reached


def test_each_private_training_is_met_with_its_own_shadows(tmp_path: Path) -> None:
    one, both = (Study(tmp_path / str(n), trainings={"private": n, "shadow": 0}) for n in (1, 2))
    first, whole = (study.simulate().align().attack()["logistic-aligned"] for study in (one, both))
    rows = (whole.updates["training"] == "private-0").to_numpy()
    pd.testing.assert_frame_equal(first.updates, whole.updates[rows].reset_index(drop=True))
    np.testing.assert_array_equal(first.scores, whole.scores[rows])
    swapped = both.folder
    swapped.updates("aligned-0").rename(tmp_path / "first")
    swapped.updates("aligned-1").rename(swapped.updates("aligned-0"))
    (swapped.attack("logistic-aligned") / "manifest.json").unlink()
    (tmp_path / "first").rename(swapped.updates("aligned-1"))
    other = both.attack()["logistic-aligned"]
    assert (other.scores[rows] != whole.scores[rows]).any()


def test_both_kinds_stand_side_by_side_and_an_added_one_leaves_the_other(tmp_path: Path) -> None:
    trained = Study(tmp_path / "run", attacks=[{"name": "logistic"}], trainings={"shadow": 2}).simulate()
    trained.attack()
    file = trained.folder.attack("logistic") / "scores.csv"
    before = file.stat().st_mtime_ns
    both = Study(tmp_path / "run", attacks=[{"name": "logistic", "shadow": "both"}], trainings={"shadow": 2})
    found = both.simulate().align().attack()
    assert list(found) == ["logistic", "logistic-aligned"]
    assert file.stat().st_mtime_ns == before
    assert (found["logistic"].scores != found["logistic-aligned"].scores).any()
