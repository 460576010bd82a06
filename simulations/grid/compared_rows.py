"""What a grid's page says of cells beside their baseline: a table, and a sentence for each baseline."""

from collections.abc import Iterator, Sequence

from simulations.grid.compared import Compared
from simulations.grid.rows import interval
from simulations.report.rows import NOTHING, Row, score
from simulations.report.words import joined

COMPARED_HEADS = ("against", "strongest attack", "knows of it", "does not", "difference", "leakage")
_SAYS = {"lowers": "lower", "raises": "higher", "not decided": "not decided", "": NOTHING}


def compared_rows(found: Sequence[Compared]) -> list[Row]:
    """The labels of each cell, then ``COMPARED_HEADS``; UAR per update."""
    return [Row((*one.labels.values(), *_cells(one))) for one in found]


def _cells(one: Compared) -> tuple[str, ...]:
    sides = [NOTHING if side is None else interval(side) for side in (one.adaptive, one.static)]
    difference = f"{one.difference:+.2f} [{one.low:+.2f}, {one.high:+.2f}]" if one.verdict else NOTHING
    says = _SAYS[one.verdict] + (", at chance" if one.at_chance else "")
    return (one.baseline[one.axis], f"{one.best['attack']} {score(one.best['value'])}", *sides, difference, says)


def compared_sentences(found: Sequence[Compared]) -> list[str]:
    """For each baseline which cells lower for certain what the strongest attack reads of it, and which do not."""
    groups: dict[str, list[Compared]] = {}
    for one in found:
        if one.verdict:
            groups.setdefault("/".join(one.baseline.values()), []).append(one)
    return [" ".join(_sentences(title, group)) for title, group in groups.items()]


def _sentences(title: str, group: Sequence[Compared]) -> Iterator[str]:
    names = {verdict: [_named(one) for one in group if one.verdict == verdict] for verdict in _SAYS}
    chance = [one.labels[one.axis] for one in group if one.at_chance]
    if names["lowers"]:
        yield f"Against {title}, less is read with {joined(names['lowers'])}."
    else:
        yield f"Against {title}, nothing lowers what is read of an update."
    if names["raises"]:
        yield f"More is read with {joined(names['raises'])}."
    if names["not decided"]:
        yield f"No protection is shown by {joined(names['not decided'])}: the interval of the difference holds zero."
    if chance:
        yield f"At chance, as far as these intervals tell, are {joined(chance)}."


def _named(one: Compared) -> str:
    """A label, with the difference where that is no zero: what is certain may yet be small."""
    label = one.labels[one.axis]
    return label if one.verdict == "not decided" else f"{label} ({one.difference:+.2f})"
