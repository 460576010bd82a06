"""The aligned stage: for each private training, the shadow updates at its models, where attacks learn from them."""

from collections.abc import Sequence

from fedser.errors import CaptureError
from fedser.pool import run_all
from simulations.experiment import Experiment, Role
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.stages.alignment import Alignment, Asked
from simulations.stages.prepared import Prepared
from simulations.stages.sharing import NOTHING_SHARED, Shared


def align(
    experiment: Experiment,
    folder: RunFolder,
    prepared: dict[Role, Prepared],
    bars: Bars,
    workers: int,
    shared: Shared = NOTHING_SHARED,
) -> None:
    """Make all that attacks want and is not there, on ``workers`` processes at most; raises ClientError."""
    planned = [
        Alignment(experiment, folder, prepared["shadow"], private, name, static)
        for static in experiment.statics
        for private, name in experiment.aligned_trainings(static).items()
    ]
    left = [one for one in planned if one.is_left(shared)]
    if left:
        _make(left, bars, experiment.engine.processes(lambda: sum(one.seconds for one in left), workers))
    for one in planned:
        _refuse_lost_rounds(one)
        shared.give(one.place, one.made)


def _make(left: Sequence[Alignment], bars: Bars, processes: int) -> None:
    ends = [one.begin() for one in left]
    shown = [bars.bar(f"align {'static ' * one.static}shadows with {one.private}") for one in left]
    done = [len(one.rounds) - len(one.missing()) for one in left]

    def heard(place: int) -> None:
        done[place] += 1
        shown[place](done[place], len(left[place].rounds))

    asked = [piece for place, one in enumerate(left) for piece in one.asked(place, processes)]
    run_all(_ask, asked, processes, lambda nothing: None, heard)
    for end in ends:
        end()


def _ask(asked: Asked) -> None:
    asked.engine.ask(asked.simulation, asked.data.open(), asked.wanted(), asked.store)


def _refuse_lost_rounds(aligned: Alignment) -> None:
    lost = aligned.missing()
    if lost:
        raise CaptureError(
            f"{aligned.store.folder}: {len(lost)} rounds of aligned shadow updates are missing, the first of them"
            f" {lost[0]}; delete {aligned.place} and run again"
        )
