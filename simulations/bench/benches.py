"""All benches by name, and the settings that the command line gives them."""

from collections.abc import Sequence

from fedser.config import validate
from fedser.config.document import Document
from fedser.config.overrides import apply_overrides
from fedser.errors import ConfigError
from simulations.bench.bench import Bench
from simulations.bench.capture import CaptureBench
from simulations.bench.cell import CellBench
from simulations.bench.cnn_bench import CnnBench
from simulations.bench.features import FeaturesBench
from simulations.bench.rounds import RoundBench
from simulations.bench.scale import ScaleBench
from simulations.bench.stock import StockBench
from simulations.bench.trainings import TrainingsBench

BENCHES: tuple[type[Bench], ...] = (
    RoundBench,
    StockBench,
    ScaleBench,
    CaptureBench,
    TrainingsBench,
    CnnBench,
    CellBench,
    FeaturesBench,
)


def chosen(what: str, overrides: Sequence[str]) -> list[Bench]:
    """The bench ``what`` with its ``key=value`` settings, or ``all`` of them as they are; raises ConfigError."""
    known = {bench.name: bench for bench in BENCHES}
    if what == "all":
        if overrides:
            raise ConfigError("--set: give settings to one bench, not to all")
        return [bench() for bench in BENCHES]
    if what not in known:
        raise ConfigError(f"bench: unknown {what!r} (choose from {', '.join(known)}, all)")
    return [validate(known[what], apply_overrides(Document({}, {(): f"bench {what}"}), overrides))]
