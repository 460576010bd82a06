"""The statistics of a corpus as a console shows them: narrow tables, then what is to be said of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from simulations.corpus_report.counts import ALL, NONE, Key, Of, columns, values
from simulations.corpus_report.notes import notes
from simulations.corpus_report.statistics import Statistics

_MOST_VALUES = 20
_KINDS: tuple[Of, ...] = ("speakers", "utterances")


@dataclass(frozen=True)
class _Block:
    """Counts that stand below one ``heading``, a row each; beside them of how many there is a file, if that is shown,
    and what others counted."""

    heading: str
    keys: tuple[Key, ...]
    with_file: bool


def render(found: Statistics, speakers: bool = False) -> Group:
    """Everything, ready for a console; with ``speakers`` also a line for each of them."""
    title = Text(f"{found.corpus.name}: {found.reader.summary()} [{found.reader.source}]", style="bold")
    tables = [_overview(found), *(_by(found, column) for column in _shown_columns(found)), _numbers(found)]
    tables += [_dropped(found)] + ([_speakers(found)] if speakers else [])
    said = notes(found)
    parts: list[RenderableType] = [title, *(table for table in tables if table.row_count), *([said] if said else [])]
    return Group(*(piece for part in parts for piece in ("", part)), "")


def _overview(found: Statistics) -> Table:
    keys = (Key("utterances", ALL, ALL), Key("speakers", ALL, ALL))
    return _counted(found, "", [key.of for key in keys], [_Block("here", keys, with_file=True)])


def _shown_columns(found: Statistics) -> list[str]:
    """What tables are made of: numbers are none unless others counted them by value."""
    speakers = found.corpus.speakers
    numeric = {column for column in found.corpus.attributes if pd.api.types.is_numeric_dtype(speakers[column])}
    printed = {key.column for source in found.others.values() for key in source}
    return [column for column in columns(found.keys) if column not in numeric - printed]


def _by(found: Statistics, column: str) -> Table:
    """The counts of the values of ``column``, the most frequent ones where there are many."""
    every = values(found.keys, column)
    rows = every[:_MOST_VALUES]
    blocks = [
        _Block(of, tuple(Key(of, column, value) for value in rows), with_file=of == "utterances")
        for of in _KINDS
        if any(key.of == of for key in found.keys if key.column == column)
    ]
    table = _counted(found, column, rows, blocks)
    if len(every) > len(rows):
        table.add_row(f"and {len(every) - len(rows)} more (--out)", style="dim")
    return table


def _counted(found: Statistics, title: str, rows: Sequence[str], blocks: Sequence[_Block]) -> Table:
    shown = [pair for block in blocks for pair in _columns(found, block)]
    table = _table(title or " ", *(heading for heading, _ in shown))
    for number, row in enumerate(rows):
        table.add_row(escape(row), *(cells[number] for _, cells in shown))
    return table


def _columns(found: Statistics, block: _Block) -> list[tuple[str, list[str]]]:
    """The headings of a block's columns, and their cells."""
    ours = [found.counts.get(key, NONE) for key in block.keys]
    shown = [(block.heading, [f"{each.ours:,}" for each in ours])]
    if block.with_file and found.missing:
        shown.append(("with file", [f"{each.with_file:,}" for each in ours]))
    for number, theirs in enumerate(found.others.values(), 1):
        printed = [theirs.get(key) for key in block.keys]
        if any(count is not None for count in printed):
            shown.append((f"[{number}]", ["" if count is None else f"{count:,}" for count in printed]))
            pairs = zip(ours, printed, strict=True)
            shown.append(("diff", ["" if count is None else _difference(each.ours - count) for each, count in pairs]))
    return shown


def _difference(number: int) -> str:
    return f"[red]{number:+,}[/red]" if number else "[green]0[/green]"


def _numbers(found: Statistics) -> Table:
    table = _table("numbers", "n", "mean", "sd", "min", "median", "max")
    for each in found.numbers:
        spread = (each.mean, each.sd, each.min, each.median, each.max)
        table.add_row(escape(f"{each.what} per {each.of.removesuffix('s')}"), f"{each.n:,}", *map(_short, spread))
    return table


def _short(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def _dropped(found: Statistics) -> Table:
    table = _table("left out, by reason", "utterances")
    for reason, number in found.corpus.dropped.items():
        table.add_row(escape(reason), f"{number:,}")
    return table


def _speakers(found: Statistics) -> Table:
    """Each speaker, with all that is known of him or her."""
    known = [column for column in found.corpus.speakers.columns if column != "speaker"]
    rows = [str(speaker) for speaker in found.corpus.speakers["speaker"]]
    block = _Block("utterances", tuple(Key("utterances", "speaker", row) for row in rows), with_file=True)
    shown = _columns(found, block)
    table = _table("speaker", *known, *(heading for heading, _ in shown))
    attributes = found.corpus.speakers[known].astype("object").itertuples(index=False)
    for number, (row, person) in enumerate(zip(rows, attributes, strict=True)):
        cells = ["" if pd.isna(value) else escape(str(value)) for value in person]
        table.add_row(escape(row), *cells, *(column[number] for _, column in shown))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(escape(first), overflow="fold")
    for heading in others:
        table.add_column(escape(heading), justify="right", overflow="fold")
    return table
