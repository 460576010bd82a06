"""The games of membership, and their scores as plain rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from simulations.report.rows import NOTHING, Row, score
from simulations.scoring.roles import role_of

HEADS = ["attack", "score", "AUC", "balanced accuracy", "TPR at 1 % FPR", "TPR at 0.1 % FPR"]
_METRICS = ("auc", "balanced_accuracy", "tpr_at_fpr_0.01", "tpr_at_fpr_0.001")
_POOLINGS = {
    "each": "of the utterance",
    "mean": "mean of the utterances",
    "kolmogorov": "distance from strangers",
    "gradient": "of the mean gradient",
}


@dataclass(frozen=True)
class Game:
    """Which candidates are told apart, and what a figure and a table call them."""

    unit: str
    against: str
    title: str
    others: str


GAMES = (
    Game("utterance", "same_speakers", "Utterances, against others of the same speakers", "validation utterances"),
    Game(
        "utterance", "other_speakers", "Utterances, against those of other speakers", "utterances of held-out speakers"
    ),
    Game("speaker", "other_speakers", "Speakers, against held-out speakers", "held-out speakers"),
)


def of_game(table: pd.DataFrame, game: Game) -> pd.DataFrame:
    """The rows of a membership table, or of its ROC points, that are of one game."""
    return table[(table["unit"] == game.unit) & (table["against"] == game.against)].reset_index(drop=True)


def games(table: pd.DataFrame) -> Iterator[tuple[Game, list[Row]]]:
    """Each game that was played, with its lines: attack, what is scored, and each metric with its interval."""
    for game in GAMES:
        mine = of_game(table, game)
        if len(mine):
            yield game, _lines(mine)


def _lines(mine: pd.DataFrame) -> list[Row]:
    lines = []
    for (attack, pooling), rows in mine.groupby(["attack", "pooling"], sort=False):
        by_metric = rows.set_index("metric")
        cells = [_cell(*by_metric.loc[metric, ["value", "low", "high"]]) for metric in _METRICS]
        lines.append(Row((attack, _POOLINGS[pooling], *cells), role_of(attack)))
    return lines


def _cell(value: float, low: float, high: float) -> str:
    return NOTHING if pd.isna(value) else f"{score(value)} [{score(low)}, {score(high)}]"
