"""The printed result: ratios first, then seconds, then why they may be believed, then the machine."""

from collections.abc import Iterable, Mapping
from statistics import median

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulations.bench.agreement import LOSS, MODEL, ROUNDS, SCORE
from simulations.bench.measure import Unit
from simulations.bench.results import Results
from simulations.bench.setting import Clock

_CLOCKS: Mapping[Clock, str] = {"wall": "wall clock", "cpu": "CPU time of this process"}


def render(results: Results) -> Group:
    """Everything, ready for a console."""
    return Group(_ratios(results), "", _seconds(results), "", _verdict(results), "", _notes(results))


def _ratios(results: Results) -> Table:
    found = {(r.above, r.below, r.algorithm, r.unit): r for r in results.ratios}
    table = _table("Ratios of seconds: median (lowest-highest)", results)
    for above, below in dict.fromkeys((r.above, r.below) for r in results.ratios):
        row = [found[above, below, algorithm, unit] for algorithm, unit in _keys(results)]
        table.add_row(f"{above} / {below}", *(_spread(r.median, r.low, r.high) for r in row))
    return table


def _seconds(results: Results) -> Table:
    table = _table(f"Milliseconds ({_CLOCKS[results.setting.clock]}): median (lowest-highest)", results)
    for side in dict.fromkeys(sample.side for sample in results.samples):
        table.add_row(side, *(_milliseconds(results, side, algorithm, unit) for algorithm, unit in _keys(results)))
    return table


def _milliseconds(results: Results, side: str, algorithm: str, unit: Unit) -> str:
    times = [1e3 * s.seconds for s in results.samples if (s.side, s.algorithm, s.unit) == (side, algorithm, unit)]
    return _spread(median(times), min(times), max(times))


def _verdict(results: Results) -> Text:
    lines = [
        f"Same arithmetic? {ROUNDS} rounds without dropout; tolerances: loss {LOSS:g} (relative),"
        f" scores {SCORE:g}, model {MODEL:g} of the way it moved."
    ]
    for a in results.agreements:
        word = "agrees with" if a.holds else "DIFFERS FROM"
        differences = f"loss {a.loss:.0e}, scores {a.score:.0e}, model {a.model:.0e}"
        lines.append(f"  {a.algorithm}: {a.side} {word} {a.reference} ({differences})")
    return Text("\n".join(lines), style="" if results.agree else "bold red")


def _notes(results: Results) -> Text:
    setting, machine, versions = results.setting, results.machine, results.machine["versions"]
    cohort = setting.algorithms[0].cohort_size(setting.clients)
    return Text(
        f"Setting: {setting.clients} clients, {cohort} a round, about {setting.utterances} utterances a client, ragged;"
        f" {'-'.join(map(str, setting.widths))}, batch {setting.batch_size}, FedAvg with Adam;"
        f" {setting.repetitions} x {setting.rounds} rounds, the sides in turns.\n"
        "Round: with the evaluation of all clients' validation data and of the test data. Client update: a round with"
        " nothing held out, divided by its clients. Plain: a sequential loop with scikit-learn's scores; lean: the"
        " same with scores counted directly. Floor: the same steps on tensors that are ready.\n"
        f"Machine: {machine['cpu']}, {machine['cores_usable']} of {machine['cores']} cores usable, one torch thread,"
        f" {machine['memory_gib']} GiB, load {machine['load_average']} at the start,"
        f" torch {versions['torch']} ({machine['torch_capability']}), Python {versions['python']}."
    )


def _spread(middle: float, low: float, high: float) -> str:
    """Three digits of each."""
    digits = 2 if middle < 10 else 1 if middle < 100 else 0
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def _table(title: str, results: Results) -> Table:
    table = Table("", title=title, title_justify="left", box=None, pad_edge=False)
    for algorithm, unit in _keys(results):
        table.add_column(f"{algorithm}\n{unit}", justify="right", overflow="fold")
    return table


def _keys(results: Results) -> Iterable[tuple[str, Unit]]:
    return dict.fromkeys((sample.algorithm, sample.unit) for sample in results.samples)
