"""What an audit found, in sentences every one of which is computed from its tables."""

from collections.abc import Iterator

import pandas as pd

from fedser.corpora.layout import listed
from simulations.bias.balance import MEAN
from simulations.bias.files import AuditFiles
from simulations.report.rows import p_value

LEVEL = 0.05
_SHOWN = 4
_SAID = {"tpr": "TPR", "fpr": "FPR", "precision": "precision"}


def what_was_audited(files: AuditFiles) -> str:
    """How many rows and persons, of which classes, by which groups."""
    summary, persons = files.summary, files.summary["persons"]
    whose = f" of {persons:,} persons" if persons is not None else ""
    left = f" {summary['left_out']:,} more were left out, since a group of theirs is not known." * bool(
        summary["left_out"]
    )
    return (
        f"{summary['rows']:,} predictions{whose}, of the classes {', '.join(summary['classes'])}, compared by"
        f" {', '.join(files.groupings)}.{left}"
    )


def findings(files: AuditFiles, grouping: str) -> list[str]:
    """What differs between the groups, whether it is more than chance, and whether imbalance explains it."""
    said = [*_differences(files, grouping), *_parity(files, grouping), *_balance(files, grouping)]
    return [*said, *_calibration(files, grouping), *_small(files, grouping)]


def on_intervals(files: AuditFiles) -> str:
    """How intervals and p-values are to be read."""
    percent, known = f"{100 * files.audit.scores.confidence:g} %", files.summary["persons"] is not None
    drawn = "whole persons, with all rows of theirs" if known else "rows, as if each were another person's"
    test = "a permutation test that deals groups anew between persons" if known else "Fisher's exact test"
    return (
        f"Intervals hold {percent} of {files.audit.scores.bootstrap:,} resamples of {drawn}; where a rate is 0 or 1, no"
        " resample differs, and Wilson's score interval over the persons behind it stands instead. p-values are"
        f" two-sided, by {test}; those after Holm are corrected for all classes, rates and groups of a grouping."
        f" † marks what rests on fewer than {files.audit.small.rows} rows"
        + (f" or {files.audit.small.subjects} persons." if known else ".")
    )


def _differences(files: AuditFiles, grouping: str) -> Iterator[str]:
    rows = files.of("differences", grouping)
    tested = rows[rows["rate"].isin(list(_SAID)) & rows["p_value"].notna()]
    if tested.empty:
        yield f"Between the groups of {grouping} no rate can be compared: none is defined in two of them."
        return
    sure = tested[tested["p_holm"] < LEVEL]
    yield (
        f"{len(sure)} of {len(tested)} differences in TPR, FPR and precision to {rows['reference'].iloc[0]} stay below"
        f" p = {LEVEL} after Holm's correction."
    )
    shown = sure if len(sure) else tested
    largest = shown.loc[shown["difference"].abs().sort_values(ascending=False, kind="stable").index]
    name = "The largest of them" if len(sure) else "The largest, which may be chance"
    yield f"{name}: " + "; ".join(_gap(row) for row in largest.head(_SHOWN if len(sure) else 1).itertuples()) + "."


def _gap(row) -> str:  # type: ignore[no-untyped-def]  # pandas gives a tuple of its own
    label, rate = row[4], _SAID[row.rate]
    return (
        f"{rate} of {label} is {row.value:.2f} for {row.group} and {row.reference_value:.2f} for {row.reference}"
        f" ({row.difference:+.2f} [{row.difference_low:+.2f}, {row.difference_high:+.2f}], p after Holm"
        f" {p_value(row.p_holm)}{', on little data' if row.small else ''})"
    )


def _parity(files: AuditFiles, grouping: str) -> Iterator[str]:
    rows = files.of("parity", grouping)
    for measure, name in (
        ("demographic_parity_difference", "how often a class is said (demographic parity)"),
        ("equalized_odds_difference", "TPR or FPR (equalised odds)"),
    ):
        known = rows[(rows["measure"] == measure) & rows["value"].notna()]
        if len(known):
            worst = known.loc[known["value"].idxmax()]
            yield (
                f"Groups are furthest apart in {name} for {worst['class']}: {worst['value']:.2f} between two of"
                f" {int(worst['groups'])} groups, {int(worst['flagged'])} of which are small."
            )


def _balance(files: AuditFiles, grouping: str) -> Iterator[str]:
    shares = files.of("balance", grouping).pivot(index="class", columns="group", values="share")
    spread = shares.max(axis=1) - shares.min(axis=1)
    label = spread.idxmax()
    most, least = shares.loc[label].idxmax(), shares.loc[label].idxmin()
    yield (
        f"The classes are not equally frequent: {label} is {shares.loc[label, most]:.0%} of the rows of {most} and"
        f" {shares.loc[label, least]:.0%} of those of {least}."
        if spread[label] > 0
        else "Every class is equally frequent in all groups."
    )
    rows = files.of("balanced", grouping)
    rows = rows[rows["rate"].isin(["fpr", "precision", MEAN])]
    before, after = _apart(rows, "difference"), _apart(rows, "balanced")
    if rows.empty:
        yield "No class occurs in every group, so that groups cannot be brought to one balance."
        return
    gone, new = int((before & ~after).sum()), int((after & ~before).sum())
    yield (
        f"Of {len(rows)} gaps in FPR, precision and accuracy {int(before.sum())} have an interval without 0; at an"
        f" equal balance of classes {int((before & after).sum())} of them still do, {gone} no longer, and {new} others"
        f" do.{_accuracy(rows)} TPR and FNR do not depend on the balance of the audited rows, so that it explains no"
        " gap in them; that of the rows which the classifier was trained on may."
    )


def _accuracy(rows: pd.DataFrame) -> str:
    found = rows[rows["rate"] == MEAN]
    worst = next(found.loc[[found["difference"].abs().idxmax()]].itertuples())
    return (
        f" The largest gap in accuracy, {worst.group} against {worst.reference}, goes from {worst.difference:+.3f} to"
        f" {worst.balanced:+.3f} [{worst.balanced_low:+.3f}, {worst.balanced_high:+.3f}]."
    )


def _apart(rows: pd.DataFrame, gap: str) -> "pd.Series[bool]":
    return (rows[f"{gap}_low"] > 0) | (rows[f"{gap}_high"] < 0)


def _calibration(files: AuditFiles, grouping: str) -> Iterator[str]:
    if not files.summary["scored"]:
        return
    rows = files.of("calibration", grouping)
    worst = rows.loc[rows["ece"].idxmax()]
    sure = rows[(rows["difference_low"] > 0) | (rows["difference_high"] < 0)]
    tendency = "more" if worst["confidence"] > worst["accuracy"] else "less"
    yield (
        f"Probabilities are worst calibrated for {worst['group']}: the expected calibration error is {worst['ece']:.2f}"
        f" [{worst['ece_low']:.2f}, {worst['ece_high']:.2f}], with {worst['confidence']:.2f} claimed and"
        f" {worst['accuracy']:.2f} right, {tendency} confident than right. "
        + (
            f"It differs from that of {worst['reference']} beyond its interval for {listed(sure['group'])}."
            if len(sure)
            else f"No group's differs from that of {worst['reference']} beyond its interval."
        )
    )


def _small(files: AuditFiles, grouping: str) -> Iterator[str]:
    rows = files.of("rates", grouping)
    few = rows[rows["small"] & rows["rate"].isin(["tpr"])]
    empty = rows[(rows["n"] == 0) & (rows["rate"] == "tpr")]
    if len(few):
        told = listed((f"{row.group} {row[3]} ({row.n})" for row in few.itertuples()), 6)
        yield f"Little data stands behind the TPR of {len(few)} of {len(rows) // 5} classes and groups: {told}."
    if len(empty):
        yield f"In {len(empty)} of them there is no row at all, and no rate."
