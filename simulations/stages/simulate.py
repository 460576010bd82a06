"""The simulate stage: every training of the experiment, each captured into a store of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.files import write_text
from fedser.artifacts.manifest import begin_stage, forget_other, is_complete, key_in, stage_key
from fedser.engine.data import TrainingData
from fedser.engine.history import State
from fedser.engine.simulation import Simulation
from fedser.engine.training import Keep, Training
from fedser.errors import CaptureError
from fedser.updates.public import PublicParameters
from fedser.updates.store import StoreWriter, UpdateStore
from simulations.checks import captured_reductions, parameter_shapes
from simulations.experiment import Experiment, Role
from simulations.progress import Bars, Update
from simulations.run_folder import RunFolder
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared
from simulations.stages.sharing import NOTHING_SHARED, Made, Shared


@dataclass(frozen=True)
class Planned:
    """One training of the experiment: who it is, what it learns from, and where it is kept."""

    experiment: Experiment
    folder: RunFolder
    role: Role
    fold: int
    simulation: Simulation
    prepared: Prepared
    static: bool
    shadow: Prepared | None = None

    @property
    def data(self) -> TrainingData:
        """What it learns from."""
        return self.prepared.known(self.prepared.data(self.fold), self.simulation)

    @property
    def public(self) -> TrainingData | None:
        """What its server has, too, where a defense has it learn from public data: all of the shadow corpora."""
        if self.shadow is None or not self.simulation.needs_public:
            return None
        return self.shadow.known(self.shadow.everyone, self.simulation)

    @property
    def name(self) -> str:
        """The training's name."""
        return self.simulation.training

    @property
    def kind(self) -> str:
        """Its role in the tables: private, shadow, or static, which is a shadow without the defense."""
        return "static" if self.static else self.role

    @property
    def place(self) -> Path:
        """Its folder."""
        return self.folder.training(self.name)

    @property
    def state(self) -> Path:
        """Its final state, or that from which it goes on."""
        return self.folder.state(self.name)

    @cached_property
    def store(self) -> StoreWriter:
        """What captures it."""
        public = public_parameters(self.simulation, int(self.data.open().x.shape[1]))
        capture = self.experiment.capture
        reductions = captured_reductions(self.experiment, public.parameters)
        return StoreWriter(self.folder.updates(self.name), public, capture, reductions)

    @cached_property
    def config(self) -> dict[str, Any]:
        """What its result follows from, but for its data."""
        reductions = [reduction.model_dump(mode="json") for reduction in self.store.reductions]
        capture = self.experiment.capture.model_dump(mode="json") | {"reductions": reductions}
        altered = dict(self.experiment.engine.alters)
        return self.simulation.model_dump(mode="json") | {"capture": capture, "engine": altered}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Hashes of its data."""
        return {"features": key_in(self.folder.features), "partition": self.data.open().partition.digest()}

    @cached_property
    def made(self) -> Made:
        """What it makes, so that another run's can stand in its place."""
        return Made("simulate", self.config, self.inputs, self.experiment.seed, self.content)

    def content(self) -> dict[str, str]:
        """Hashes of what its data are made of, whatever the run."""
        known = self.prepared.known_content(self.simulation)
        if self.public and self.shadow:
            known |= {f"public {name}": digest for name, digest in self.shadow.content.items()}
            known |= {"public partition": self.public.open().partition.digest()}
        return self.prepared.content | known | {"partition": self.inputs["partition"]}

    def is_left(self, shared: Shared = NOTHING_SHARED) -> bool:
        """Whether it still is to be run; forgets what another training has left in its place."""
        key = stage_key(self.config, self.inputs)
        if is_complete(self.place, key) or shared.take(self.place, self.made):
            return False
        forget_other(self.place, key)
        return True

    def begin(self) -> Callable[[], None]:
        """Write its manifest; what is returned writes its end."""
        return begin_stage(self.place, "simulate", self.config, self.inputs, self.experiment.seed)

    def training(self, told: Update) -> Training:
        """What an engine runs; ``told`` shows its progress."""
        ticked = partial(_tick, told, self.simulation.rounds)
        keep = Keep(self.state)
        return Training(self.simulation, self.data, store=self.store, ticked=ticked, keep=keep, public=self.public)


def simulate(
    experiment: Experiment,
    folder: RunFolder,
    prepared: dict[Role, Prepared],
    bars: Bars,
    workers: int,
    shared: Shared = NOTHING_SHARED,
) -> None:
    """Run every training that is not finished, here or in what is shared, ``workers`` at once at most.

    Writes ``history.csv`` and ``ser.csv``.
    """
    trainings = list(planned(experiment, folder, prepared))
    _run([training for training in trainings if training.is_left(shared)], bars, workers)
    for training in trainings:
        shared.give(training.place, training.made)
    rounds: list[dict[str, Any]] = []
    selected: list[dict[str, Any]] = []
    for training in trainings:
        state = _finished(training)
        labels = {"training": training.name, "role": training.kind, "fold": training.fold}
        rounds += [labels | row.as_dict() for row in state.history]
        selected += [labels | row for row in _ser_rows(state, training.data)]
    write_text(folder.path / "history.csv", pd.DataFrame(rounds).to_csv(index=False))
    write_text(folder.path / "ser.csv", pd.DataFrame(selected).to_csv(index=False))


def planned(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> Iterator[Planned]:
    """Each training, the private ones first, then the shadows of each adversary."""
    groups: list[tuple[Role, bool]] = [("private", False)]
    groups += [("shadow", static) for static in experiment.statics if "shadow" in experiment.roles]
    for role, static in groups:
        for number, name in enumerate(experiment.trainings_of(role, static)):
            fold, simulation = number % len(prepared[role].folds), experiment.simulation(name, static)
            yield Planned(experiment, folder, role, fold, simulation, prepared[role], static, prepared.get("shadow"))


def _run(left: Sequence[Planned], bars: Bars, workers: int) -> None:
    if not left:
        return
    ends = [training.begin() for training in left]
    trainings = [training.training(bars.bar(f"train {training.name}")) for training in left]
    left[0].experiment.engine.run_all(trainings, lambda place, state: ends[place](), workers)


def _tick(told: Update, rounds: int, number: int) -> None:
    told(number, rounds)


def _finished(training: Planned) -> State:
    state = finished_state(training.folder, training.name)
    _refuse_lost_rounds(training)
    return state


def _refuse_lost_rounds(training: Planned) -> None:
    folder, experiment = training.folder.updates(training.name), training.experiment
    kept = set(UpdateStore(folder).rounds)
    lost = [number for number in experiment.capture.kept_rounds(experiment.rounds) if number not in kept]
    if lost:
        raise CaptureError(
            f"{folder}: {len(lost)} captured rounds are missing, the first of them {lost[0]};"
            f" delete {training.place} and run again"
        )


def public_parameters(simulation: Simulation, features: int) -> PublicParameters:
    """What the threat model grants every attacker of a training on so many ``features``."""
    return PublicParameters(
        training=simulation.training,
        sends=simulation.algorithm.sends,
        model=simulation.defended_model.model_dump(mode="json"),
        algorithm=simulation.algorithm.model_dump(mode="json"),
        features=features,
        classes=simulation.task.classes,
        rounds=simulation.rounds,
        parameters=parameter_shapes(simulation, features),
    )


def _ser_rows(state: State, data: TrainingData) -> list[dict[str, object]]:
    row, partition = state.selected, data.open().partition
    counts = {"validation": len(partition.validation.rows), "test": len(partition.test)}
    accuracy = {"validation": row.validation_accuracy, "test": row.test_accuracy}
    uar = {"validation": row.validation_uar, "test": row.test_uar}
    return [
        {"split": split, "accuracy": accuracy[split], "uar": uar[split], "round": row.round, "n": counts[split]}
        for split in counts
    ]
