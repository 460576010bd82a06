"""What a report says where the attribute is a number: the error, and how estimates go along with the truth."""

import pandas as pd

from fedser.metrics.numbers import NUMBER_METRICS
from simulations.report.attacks import headline, note_of, units
from simulations.report.rows import Row, p_value, score
from simulations.report.run_files import RunFiles
from simulations.scoring.roles import role_of

HEADS = ["attack", "reads", "per", "MAE", "p", "Pearson's r", "p", "CCC", "p", "n"]


def number_table(leakage: pd.DataFrame) -> pd.DataFrame:
    """The headline rows about the number; none where the attribute is words."""
    return headline(leakage[leakage["metric"].isin(list(NUMBER_METRICS))].reset_index(drop=True))


def number_rows(rows: pd.DataFrame) -> list[Row]:
    """attack, what it reads, unit, and for each metric ``value [low, high]`` and p."""
    shown = units(rows[rows["metric"] == "mae"])
    lines = []
    for (attack, layer, unit), mine in rows[rows["unit"].isin(shown)].groupby(["attack", "layer", "unit"], sort=False):
        by_metric = mine.set_index("metric")
        cells = [cell for metric in NUMBER_METRICS for cell in _cells(by_metric.loc[metric])]
        lines.append(
            Row((attack, note_of(attack, layer), unit, *cells, f"{int(mine['n'].iloc[0]):,}"), role_of(attack))
        )
    return lines


def number_words(files: RunFiles) -> str:
    """What the number's scores mean, and how well the best attack does, in a few sentences."""
    rows, title = number_table(files.leakage), files.run.attribute
    speakers = rows[(rows["unit"] == "speaker") & (rows["attack"].map(role_of) == "attack")]
    said = (
        f"{title} is a number: attacks learn bins of it, cut at the quantiles of the shadow speakers, and an estimate"
        " is the mean of the bins that an attack's scores expect. MAE is the mean absolute error, in the unit of"
        f" {title}; who answers the shadow speakers' median for everyone reaches {_chance(rows)}. Pearson's r asks"
        " whether estimates rise with the truth, CCC (Lin 1989) also whether they are on its scale; chance is 0 for"
        " both, and a constant answer has 0."
    )
    errors = speakers[speakers["metric"] == "mae"]
    if errors.empty:
        return said
    best = next(errors.loc[[errors["value"].idxmin()]].itertuples())
    verdict = "below" if best.high < best.chance else "not shown to be below"
    return (
        f"{said} Per speaker, {best.attack} has the lowest error, {best.value:.2f} [{best.low:.2f}, {best.high:.2f}],"
        f" {verdict} that of the median, which is {best.chance:.2f}."
    )


def _chance(rows: pd.DataFrame) -> str:
    chances = rows[rows["metric"] == "mae"].drop_duplicates("unit")
    return ", ".join(f"{row.chance:.2f} per {row.unit}" for row in chances.itertuples())


def _cells(row: "pd.Series[float]") -> tuple[str, str]:
    return f"{score(row['value'])} [{score(row['low'])}, {score(row['high'])}]", p_value(float(row["p_value"]))
