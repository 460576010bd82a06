"""An audit's tables as plain rows of text, ready for the page."""

import pandas as pd

from simulations.report.rows import NOTHING, Row, p_value

RATE_HEADS = ["group", "class", "TPR", "n", "FPR", "n", "precision", "n"]
DIFFERENCE_HEADS = ["group", "class", "rate", "difference", "ratio", "p", "Holm"]
BALANCED_HEADS = ["group", "class", "rate", "gap", "at equal balance", "change"]
CALIBRATION_HEADS = ["group", "ECE", "claimed", "right", "difference", "n"]
PARITY_HEADS = ["class", "parity difference", "ratio", "odds difference", "ratio", "groups", "small"]
PAPER_HEADS = ["class", "group", "rate", "printed", "ours", "difference", "n"]
_NAMES = {"tpr": "TPR", "fpr": "FPR", "tnr": "TNR", "fnr": "FNR", "precision": "precision", "accuracy": "accuracy"}
_TOLD = ("tpr", "fpr", "precision")


def rate_lines(rows: pd.DataFrame) -> list[Row]:
    """group, class, and for TPR, FPR and precision ``value [low, high]`` (a dagger where it rests on little) and n."""
    lines = []
    for (group, label), mine in rows.groupby(["group", "class"], sort=False):
        by_rate = mine.set_index("rate")
        cells = [cell for rate in _TOLD for cell in _rate(by_rate.loc[rate])]
        lines.append(Row((group, label, *cells)))
    return lines


def difference_lines(rows: pd.DataFrame) -> list[Row]:
    """group, class, rate, difference and ratio with intervals, p and Holm's p, of the tested rates."""
    return [
        Row(
            (
                f"{r.group}{_dagger(r.small)}",
                r[4],
                _NAMES[r.rate],
                _signed(r.difference, r.difference_low, r.difference_high),
                _plain(r.ratio, r.ratio_low, r.ratio_high),
                p_value(r.p_value),
                p_value(r.p_holm),
            )
        )
        for r in rows[rows["rate"].isin(_TOLD)].itertuples()
    ]


def balanced_lines(rows: pd.DataFrame) -> list[Row]:
    """group, class (all for accuracy), rate, and the gap as it is, at equal balance, and its change."""
    shown = rows[rows["rate"].isin(["fpr", "precision", "accuracy"])]
    return [
        Row(
            (
                r.group,
                r[4] or "all",
                _NAMES[r.rate],
                _signed(r.difference, r.difference_low, r.difference_high),
                _signed(r.balanced, r.balanced_low, r.balanced_high),
                _signed(r.change, r.change_low, r.change_high),
            )
        )
        for r in shown.itertuples()
    ]


def balance_heads(rows: pd.DataFrame) -> list[str]:
    """``class`` and the groups."""
    return ["class", *dict.fromkeys(rows["group"])]


def balance_lines(rows: pd.DataFrame) -> list[Row]:
    """class, and each group's share of it and rows."""
    return [
        Row((label, *(f"{r.share:.0%} ({r.n:,}){_dagger(r.small)}" for r in mine.itertuples())))
        for label, mine in rows.groupby("class", sort=False)
    ]


def parity_lines(rows: pd.DataFrame) -> list[Row]:
    """class, and both measures with their ratios."""
    lines = []
    for label, mine in rows.groupby("class", sort=False):
        by_measure = mine.set_index("measure")
        kinds = [
            f"{name}_{kind}" for name in ("demographic_parity", "equalized_odds") for kind in ("difference", "ratio")
        ]
        odds = by_measure.loc["equalized_odds_difference"]
        support = (f"{int(odds['groups'])}", f"{int(odds['flagged'])}")
        lines.append(Row((label, *(_number(by_measure.loc[kind, "value"]) for kind in kinds), *support)))
    return lines


def calibration_lines(rows: pd.DataFrame) -> list[Row]:
    """group, calibration error, mean confidence, accuracy, difference to the reference, n."""
    return [
        Row(
            (
                f"{r.group}{_dagger(r.small)}",
                _plain(r.ece, r.ece_low, r.ece_high),
                _number(r.confidence),
                _number(r.accuracy),
                _signed(r.difference, r.difference_low, r.difference_high),
                f"{int(r.n):,}",
            )
        )
        for r in rows.itertuples()
    ]


def paper_lines(rows: pd.DataFrame) -> list[Row]:
    """class, group, rate, printed, ours, difference, n."""
    return [
        Row(
            (
                r[1],
                r.group,
                _NAMES[r.rate],
                _number(r.printed),
                _plain(r.ours, r.low, r.high),
                _signed(r.difference, r.difference_low, r.difference_high),
                NOTHING if pd.isna(r.n) else f"{int(r.n):,}",
            )
        )
        for r in rows.itertuples()
    ]


def _rate(row: "pd.Series[float]") -> tuple[str, str]:
    return _plain(row["value"], row["low"], row["high"]) + _dagger(bool(row["small"])), f"{int(row['n']):,}"


def _dagger(small: bool) -> str:
    return " †" if small else ""


def _number(value: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:.2f}"


def _plain(value: float, low: float, high: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _signed(value: float, low: float, high: float) -> str:
    return NOTHING if pd.isna(value) else f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
