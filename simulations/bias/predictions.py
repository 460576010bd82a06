"""Predictions that an audit can rest on: every row whole, every mistake of the others named at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fedser.corpora.layout import listed
from fedser.errors import InputError, Problems
from fedser.metrics.recall import Floats, Ints
from simulations.attributes.cuts import cut
from simulations.attributes.groups import Groups
from simulations.bias.audit import Audit, GroupColumn
from simulations.bias.sources.source import Raw

_APART = 0.01  # probabilities that are written with few digits do not sum to 1 exactly


@dataclass(frozen=True)
class Predictions:
    """Rows ready to be counted: class indices ``true`` and ``predicted`` [rows], and ``subjects`` [rows] from 0.

    ``groups`` has a column of words per group column; ``scores`` is float64 [rows, classes] or None. ``of_subjects``
    says whether persons are known; else every row is another's. ``left_out`` rows had no group.
    """

    ids: tuple[str, ...]
    classes: tuple[str, ...]
    true: Ints
    predicted: Ints
    subjects: Ints
    of_subjects: bool
    groups: pd.DataFrame
    scores: Floats | None
    left_out: int


def checked(audit: Audit, raw: Raw) -> Predictions:
    """The predictions of ``raw``; raises InputError with everything that is wrong with them."""
    problems = Problems()
    groups = _groups(audit, raw, problems)
    rows, scores, left_out = raw.rows, raw.scores, 0
    if audit.unknown == "leave_out":
        known = groups.notna().all(axis=1).to_numpy(bool)
        rows, groups, left_out = rows[known], groups[known], int((~known).sum())
        scores = None if scores is None else scores[known]
    if rows.empty:
        raise InputError(f"{raw.place}: of no row all groups are known ({', '.join(groups)})")
    classes = audit.classes or raw.scored or tuple(sorted({*rows["true"], *rows["predicted"]} - {""}))
    problems.extend(_wrong_words(raw, rows, classes, audit.focus))
    if scores is not None:
        problems.extend(_wrong_scores(raw, rows, scores, classes))
    problems.extend(_wrong_groups(audit, raw, groups, rows["true"]))
    problems.raise_if_any(InputError)
    places = {label: index for index, label in enumerate(classes)}
    order = [raw.scored.index(label) for label in classes] if scores is not None else []
    whose = rows["subject"] if "subject" in rows else pd.Series(range(len(rows)))
    return Predictions(
        ids=tuple(rows["id"]),
        classes=tuple(classes),
        true=rows["true"].map(places).to_numpy(np.int64),
        predicted=rows["predicted"].map(places).to_numpy(np.int64),
        subjects=np.unique(whose.to_numpy(), return_inverse=True)[1],
        of_subjects="subject" in rows,
        groups=groups.reset_index(drop=True),
        scores=None if scores is None else scores[:, order],
        left_out=left_out,
    )


def _groups(audit: Audit, raw: Raw, problems: Problems) -> pd.DataFrame:
    """The columns of groups as they are told, None where a group is not known."""
    told = {}
    for group in audit.groups:
        with problems.collect(InputError):
            told[group.column] = _told(group, raw)
    problems.raise_if_any(InputError)
    return pd.DataFrame(told, index=raw.rows.index)


def _told(group: GroupColumn, raw: Raw) -> "pd.Series[str]":
    words = raw.rows[group.of]
    known = words != ""
    if isinstance(group, Groups):
        numbers = pd.to_numeric(words.where(known), errors="coerce").astype(np.float64)
        if len(wrong := words[known & ~np.isfinite(numbers)]):
            raise InputError(f"{_at(raw, wrong.index)}: {group.of} is no number: {listed(map(repr, wrong.unique()))}")
        return cut(numbers, group.edges).astype(object)
    if never := sorted(set(group.rename) - set(words)):
        raise InputError(
            f"{raw.place}: groups: {group.of}: {listed(never)} never occurs ({listed(sorted(set(words)))})"
        )
    renamed = words.map(lambda word: group.rename.get(word, word)).astype(object)
    return renamed.where(renamed != "", None)


def _wrong_words(raw: Raw, rows: pd.DataFrame, classes: Sequence[str], focus: Sequence[str]) -> Iterator[str]:
    for column in ("id", "true", "predicted", "subject"):
        if column in rows and len(empty := rows.index[rows[column] == ""]):
            yield f"{_at(raw, empty)}: no {column} given"
    twice = rows.index[rows["id"].duplicated() & (rows["id"] != "")]
    if len(twice):
        yield f"{_at(raw, twice)}: an id that is there before: {listed(rows.loc[twice, 'id'].unique())}"
    for column in ("true", "predicted"):
        strange = rows[~rows[column].isin([*classes, ""])]
        if len(strange):
            found = listed(map(repr, strange[column].unique()))
            yield f"{_at(raw, strange.index)}: {column} is no class: {found} (choose from {', '.join(classes)})"
    if len(classes) < 2:
        yield f"{raw.place}: one class, {', '.join(classes)}: nothing can be confused with it"
    if unknown := [label for label in focus if label not in classes]:
        yield f"focus: no class {listed(unknown)} (choose from {', '.join(classes)})"


def _wrong_scores(raw: Raw, rows: pd.DataFrame, scores: Floats, classes: Sequence[str]) -> Iterator[str]:
    if set(classes) != set(raw.scored):
        yield f"{raw.place}: scores of {', '.join(raw.scored)}, but the classes are {', '.join(classes)}"
        return
    outside = np.isnan(scores) | (scores < 0.0) | (scores > 1.0)
    for place in np.flatnonzero(outside.any(axis=0)):
        yield f"{_at(raw, rows.index[outside[:, place]])}: the score of {raw.scored[place]} is no probability (0 to 1)"
    sums = scores.sum(axis=1)
    off = ~outside.any(axis=1) & (np.abs(sums - 1.0) > _APART)
    if off.any():
        found = listed((f"{total:.3g}" for total in sums[off]), 3)
        yield f"{_at(raw, rows.index[off])}: the scores of a row sum to {found}; probabilities sum to 1"


def _wrong_groups(audit: Audit, raw: Raw, groups: pd.DataFrame, true: "pd.Series[str]") -> Iterator[str]:
    for column in groups:
        cells = groups[column]
        if len(unknown := cells.index[cells.isna()]):
            yield f"{_at(raw, unknown)}: no {column} known (unknown: leave_out leaves such rows out)"
        values = sorted(set(cells.dropna()))
        if len(values) == 1:
            yield f"{raw.place}: all rows have the same {column}, {values[0]}: nothing to compare"
        if audit.reference.get(column, values[0] if values else "") not in values:
            yield f"reference.{column}: no group {audit.reference[column]!r} (choose from {', '.join(values)})"
        for value in values if audit.one_class == "refuse" else ():
            if len(only := sorted(set(true[cells == value]) - {""})) == 1:
                rows = int((cells == value).sum())
                yield (
                    f"{raw.place}: {column} {value}: one true class, {only[0]}, in all its rows ({rows})"
                    " (one_class: keep tells the few rates that are defined)"
                )


def _at(raw: Raw, index: "pd.Index[int]") -> str:
    """Where rows are: ``table.csv, lines 3, 4``."""
    return f"{raw.place}, {raw.row_word}{'s' if len(index) > 1 else ''} {listed(index)}"
