"""The simulate stage: every training of the experiment, each captured into a store of its own."""

from collections.abc import Iterator

import pandas as pd

from fedser.artifacts.files import write_text
from fedser.artifacts.manifest import forget_other, is_complete, key_in, stage, stage_key
from fedser.engine.checkpoint import load_state
from fedser.engine.data import TrainingData
from fedser.engine.history import State
from fedser.engine.loop import Keep
from fedser.engine.simulation import Simulation
from fedser.errors import CaptureError
from fedser.updates.public import PublicParameters
from fedser.updates.store import StoreWriter, UpdateStore
from fedser.updates.update import Round
from simulations.checks import parameter_shapes
from simulations.experiment import Experiment, Role
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.stages.prepared import Prepared


def simulate(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> None:
    """Run every training that is not finished; write ``history.csv`` and ``ser.csv`` of all."""
    rounds = []
    selected = []
    for role, number, training in trainings(experiment):
        fold = number % len(prepared[role].folds)
        data = prepared[role].data(fold)
        state = _training(experiment, folder, training, data, bars)
        labels = {"training": training, "role": role, "fold": fold}
        rounds += [labels | row.as_dict() for row in state.history]
        selected += [labels | row for row in _ser_rows(state, data)]
    write_text(folder.path / "history.csv", pd.DataFrame(rounds).to_csv(index=False))
    write_text(folder.path / "ser.csv", pd.DataFrame(selected).to_csv(index=False))


def trainings(experiment: Experiment) -> Iterator[tuple[Role, int, str]]:
    """(role, number, name) of each training, the private ones first."""
    for role in experiment.roles:
        for number, name in enumerate(experiment.trainings_of(role)):
            yield role, number, name


def _training(experiment: Experiment, folder: RunFolder, training: str, data: TrainingData, bars: Bars) -> State:
    place, simulation = folder.training(training), experiment.simulation(training)
    config = simulation.model_dump(mode="json") | {"capture": experiment.capture.model_dump(mode="json")}
    inputs = {"features": key_in(folder.features), "partition": data.open().partition.digest()}
    key = stage_key(config, inputs)
    if not is_complete(place, key):
        forget_other(place, key)
        with stage(place, "simulate", config, inputs, experiment.seed):
            _run(experiment, folder, simulation, data, bars)
    state = load_state(place / "state.safetensors")
    if state is None:
        raise CaptureError(f"{place}: the training's state is missing; delete this folder and run again")
    _refuse_lost_rounds(experiment, folder, training)
    return state


def _refuse_lost_rounds(experiment: Experiment, folder: RunFolder, training: str) -> None:
    kept = set(UpdateStore(folder.updates(training)).rounds)
    lost = [number for number in experiment.capture.kept_rounds(experiment.rounds) if number not in kept]
    if lost:
        raise CaptureError(
            f"{folder.updates(training)}: {len(lost)} captured rounds are missing, the first of them {lost[0]};"
            f" delete {folder.training(training)} and run again"
        )


def _run(experiment: Experiment, folder: RunFolder, simulation: Simulation, data: TrainingData, bars: Bars) -> None:
    writer = StoreWriter(folder.updates(simulation.training), _public(simulation, data), experiment.capture)
    bar = bars.bar(f"train {simulation.training}")

    def tick(seen: Round) -> None:
        bar(seen.number, simulation.rounds)

    keep = Keep(folder.training(simulation.training) / "state.safetensors")
    experiment.engine.run(simulation, data, (writer, tick), keep)


def _public(simulation: Simulation, data: TrainingData) -> PublicParameters:
    features = int(data.open().x.shape[1])
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
