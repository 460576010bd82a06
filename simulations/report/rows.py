"""The report's tables as plain rows of text, ready for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from simulations.report.attacks import note_of, units
from simulations.scoring.roles import role_of

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Row:
    """Cells of one line; ``kind`` is a class for the page's style."""

    cells: tuple[str, ...]
    kind: str = ""


def leakage_rows(rows: pd.DataFrame) -> list[Row]:
    """attack, what it reads, and per unit ``value [low, high]`` and n, in the order of ``rows``."""
    lines, shown = [], units(rows)
    for (attack, layer), mine in rows.groupby(["attack", "layer"], sort=False):
        by_unit = mine.set_index("unit")
        cells = [cell for unit in shown for cell in _cells(by_unit.loc[unit])]
        lines.append(Row((attack, note_of(attack, layer), *cells), role_of(attack)))
    return lines


def leakage_heads(rows: pd.DataFrame) -> list[str]:
    """The heads of ``leakage_rows``."""
    return ["attack", "reads", *(head for unit in units(rows) for head in (f"UAR per {unit}", "n"))]


def comparison_rows(rows: pd.DataFrame, attacks: pd.DataFrame) -> list[Row]:
    """attack, what it reads, unit, fold deviation, p, Holm's p, paired difference to the reference (named if many), CPU
    seconds.

    What an attack took stands in its first line.
    """
    lines, several = [], rows["reference"].nunique() > 1
    cost = dict(zip(attacks["attack"], attacks["cpu_seconds"], strict=True))
    for r in rows[rows["unit"].isin(units(rows))].itertuples():
        numbers = (_deviation(r.fold_sd), p_value(r.p_value), p_value(r.p_holm))
        to = "" if pd.isna(r.reference) else f" to {r.reference}"
        difference = _difference(r.difference, r.difference_low, r.difference_high) + to * several
        took = seconds(cost.pop(r.attack)) if r.attack in cost else ""
        lines.append(Row((r.attack, note_of(r.attack, r.layer), r.unit, *numbers, difference, took), role_of(r.attack)))
    return lines


def communication_rows(table: pd.DataFrame) -> list[Row]:
    """target, rounds, kB of a client and round up and down, MB of all up and down: every line of
    ``communication.csv``.
    """
    return [
        Row((row.target if pd.isna(row.uar) else f"{row.target} ({score(row.uar)})", *communication_cells(row)))
        for row in table.itertuples()
    ]


COMMUNICATION_HEADS = ("rounds", "kB up, client", "kB down", "MB up, all", "MB down")


def communication_cells(row: Any) -> tuple[str, ...]:
    """The cells of one such line below ``COMMUNICATION_HEADS``; how many trainings got there, if not all."""
    if pd.isna(row.rounds):
        return (f"{int(row.reached)} of {int(row.folds)} get there", *[NOTHING] * 4)
    each, all_ = (row.up_client, row.down_client), (row.up, row.down)
    return (f"{row.rounds:.1f}", *(f"{size / 1e3:,.1f}" for size in each), *(f"{size / 1e6:,.1f}" for size in all_))


def seconds(number: float) -> str:
    """Two digits below ten seconds, whole seconds above, or a dash where it was not measured."""
    return NOTHING if pd.isna(number) else f"{number:.2g}" if number < 9.95 else f"{number:,.0f}"


def p_value(p: float) -> str:
    """Three decimals, ``< 0.001`` below them, or a dash where there is none."""
    return NOTHING if pd.isna(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def ser_rows(ser: pd.DataFrame) -> list[Row]:
    """role, split, trainings, accuracy and UAR (mean and standard deviation over trainings), rounds selected."""
    lines = []
    for (role, split), mine in ser.groupby(["role", "split"], sort=False):
        rounds = sorted({int(number) for number in mine["round"]})
        selected = f"{rounds[0]} to {rounds[-1]}" if len(rounds) > 1 else f"{rounds[0]}"
        scores = (_mean(mine["accuracy"]), _mean(mine["uar"]))
        lines.append(Row((role, split, f"{mine['training'].nunique()}", *scores, selected), role))
    return lines


def fold_rows(ser: pd.DataFrame) -> list[Row]:
    """training, fold, split, n, accuracy, UAR, selected round: every line of ``ser.csv``."""
    return [
        Row((r.training, r.fold, r.split, f"{int(r.n)}", score(r.accuracy), score(r.uar), f"{int(r.round)}"), r.role)
        for r in ser.itertuples()
    ]


def corpus_rows(corpora: pd.DataFrame) -> list[Row]:
    """role, corpus, what is counted, value, utterances, speakers: every line of ``corpora.csv``."""
    return [
        Row((r.role, r.corpus, r.kind, r.value, f"{int(r.count_utterances):,}", f"{int(r.count_speakers):,}"), r.role)
        for r in corpora.itertuples()
    ]


def stage_rows(stages: tuple[Mapping[str, Any], ...]) -> list[Row]:
    """folder, start (UTC), time it took, seed."""
    return [Row((s["folder"], _moment(s["start"]), _duration(s["start"], s["end"]), f"{s['seed']}")) for s in stages]


def version_rows(stages: tuple[Mapping[str, Any], ...]) -> list[Row]:
    """Each package with its version, or versions where stages were run with different ones."""
    found: dict[str, list[str]] = {}
    for stage in stages:
        for package, version in stage["versions"].items():
            known = found.setdefault(package, [])
            if version not in known:
                known.append(version)
    return [Row((package, ", ".join(versions))) for package, versions in found.items()]


def paper_heads(paper: pd.DataFrame) -> list[str]:
    """The heads of ``paper_rows``."""
    numbers = ["printed", "authors' csv", "ours", "ours - printed", "ours - csv"]
    return ["table", "cell", "ours is", *numbers]


def paper_rows(paper: pd.DataFrame) -> list[Row]:
    """Table, cell, our attack, then in percent: printed, authors' csv and deviation, ours, the differences to both."""
    lines = []
    for r in paper.sort_values(["table", "run"], kind="stable").itertuples():
        corpus = r.private_corpus if r.compared_with == "same corpus" else f"{r.private_corpus} ({r.compared_with})"
        cell = f"{corpus}, {r.features}, {r.algorithm}, dropout {r.dropout:g}{f', {r.layer}' if r.layer else ''}"
        theirs = f"{r.authors_csv:.2f}{_points(r.authors_fold_sd)}" if pd.notna(r.authors_csv) else NOTHING
        mine = f"{r.ours:.2f}{_points(r.ours_fold_sd)}"
        differs = pd.notna(r.authors_csv) and abs(r.printed - r.authors_csv) > 0.005
        to_csv = _apart(r.difference_to_csv, r.difference_to_csv_low, r.difference_to_csv_high) if differs else ""
        differences = (_apart(r.difference, r.difference_low, r.difference_high), to_csv)
        who = r.attack if isinstance(r.attack, str) and r.attack else f"emotion, {r.metric}"
        lines.append(Row((f"{r.table}", cell, who, f"{r.printed:.2f}", theirs, mine, *differences)))
    return lines


def _points(deviation: float) -> str:
    return "" if pd.isna(deviation) else f" ± {deviation:.2f}"


def _apart(value: float, low: float, high: float) -> str:
    return f"{value:+.2f}" if pd.isna(low) else f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def score(value: float) -> str:
    """Two decimals, or a dash where there is no value."""
    return NOTHING if pd.isna(value) else f"{value:.2f}"


def _deviation(deviation: float) -> str:
    return NOTHING if pd.isna(deviation) else f"± {deviation:.2f}"


def _difference(value: float, low: float, high: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def _cells(row: "pd.Series[Any]") -> tuple[str, str]:
    return f"{score(row['value'])} [{score(row['low'])}, {score(row['high'])}]", f"{int(row['n']):,}"


def _mean(values: "pd.Series[float]") -> str:
    deviation = values.std()
    return score(values.mean()) + ("" if pd.isna(deviation) else f" ± {deviation:.2f}")


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")


def _duration(start: str, end: str | None) -> str:
    if end is None:
        return "not finished"
    return str(timedelta(seconds=round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())))
