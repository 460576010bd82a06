"""The canaries stage: a training like the first private one, in which canaries take part beside its clients."""

from collections.abc import Sequence
from dataclasses import replace

from fedser.artifacts.manifest import is_complete, once
from fedser.engine.canaries import Seen
from fedser.engine.training import Keep, Training
from fedser.errors import CaptureError
from simulations.canaries import TRAINING, Audit
from simulations.experiment import Experiment, Role
from simulations.progress import Bars, Update
from simulations.run_folder import RunFolder
from simulations.scoring.canaries import canary_table, measured
from simulations.scoring.privacy import Promised
from simulations.scoring.tables import write_csv
from simulations.stages.prepared import Prepared
from simulations.stages.sharing import NOTHING_SHARED, Made, Shared
from simulations.stages.simulate import Planned

CANARIES = "canaries.csv"
_STATE = "state.safetensors"


def release(
    experiment: Experiment,
    folder: RunFolder,
    prepared: dict[Role, Prepared],
    bars: Bars,
    workers: int,
    shared: Shared = NOTHING_SHARED,
) -> None:
    """Run the training, or go on with it, where canaries are asked for and it is not finished, here or in what is
    shared.
    """
    audit = experiment.canaries
    if audit is None:
        return
    planned, engine = _planned(experiment, folder, prepared), experiment.engine
    config = planned.simulation.model_dump(mode="json")
    config |= {"canaries": audit.trained.model_dump(mode="json"), "engine": dict(engine.alters)}

    def make() -> None:
        training = _training(planned, audit, bars.bar("train with canaries"))
        engine.run_all([training], lambda place, state: None, workers)

    made = Made("canaries", config, planned.inputs, experiment.seed, planned.content)
    if is_complete(folder.canaries, made.key) or not shared.take(folder.canaries, made):
        once(folder.canaries, made.stage, config, made.inputs, made.seed, make)
    shared.give(folder.canaries, made)


def _planned(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> Planned:
    simulation = experiment.simulation(TRAINING)
    return Planned(experiment, folder, "private", 0, simulation, prepared["private"], False, prepared.get("shadow"))


def _training(planned: Planned, audit: Audit, told: Update) -> Training:
    keep = Keep(planned.folder.canaries / _STATE)
    return replace(planned.training(told), store=None, keep=keep, canaries=audit.trained)


def told_by_canaries(
    experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], promises: Sequence[Promised]
) -> list[Promised]:
    """What canaries say beside the defenses' ``promises``, at the delta of these; writes ``canaries.csv``."""
    if experiment.canaries is None:
        (folder.path / CANARIES).unlink(missing_ok=True)
        return []
    place = folder.canaries / "canaries.safetensors"
    seen = Seen.read(place)
    if seen is None:
        raise CaptureError(f"{place}: missing; delete {folder.canaries} and run again")
    write_csv(folder.path / CANARIES, canary_table(seen))
    planned = _planned(experiment, folder, prepared)
    schedule = planned.simulation.schedule(len(planned.data.open().clients))
    deltas = [experiment.canaries.delta, *(promise.guarantee.delta for promise in promises), schedule.delta]
    delta = next(each for each in deltas if each is not None)
    label = " ".join(defense.label for defense in experiment.defenses) or "no defense"
    found = measured(seen, experiment.canaries, schedule, delta, experiment.stream("canaries"))
    return [Promised(TRAINING, label, said) for said in found]
