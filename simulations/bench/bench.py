"""A bench run: our engines, the plain loop and the floor on one training, in turns, and then held together."""

import tempfile
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from simulations.bench.agreement import agreements
from simulations.bench.floor import Floor
from simulations.bench.hardware import describe
from simulations.bench.measure import measure
from simulations.bench.plain import LEAN, PLAIN
from simulations.bench.ratios import ratio
from simulations.bench.results import Results
from simulations.bench.setting import Setting, write_data
from simulations.bench.side import Side


def bench(setting: Setting, ours: Sequence[Side], progress: Callable[[int, int], None]) -> Results:
    """Measure ``ours`` (at least one) beside the plain loop and the floor; ``progress`` is told (done, total)."""
    others, floor, machine = (PLAIN, LEAN), Floor(), describe()
    everyone = [*ours, *others, floor]
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(setting, Path(folder))
        samples = measure(setting, data, everyone, progress)
        held = tuple(agreements(setting, data, everyone))
    pairs = [(other.name, side.name) for other in others for side in ours] + [(side.name, floor.name) for side in ours]
    ratios = chain.from_iterable(ratio(samples, above, below) for above, below in pairs)
    return Results(setting, machine, tuple(samples), tuple(ratios), held)
