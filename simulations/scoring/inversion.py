"""``inversion.csv`` and ``inversion_updates.csv``: how near rebuilt utterances come to the true ones behind an update.

Which is which no gradient tells: rebuilt and true utterances are paired so that the sum of their cosines is highest
(Kuhn 1955; ``scipy.optimize.linear_sum_assignment``). ``cosine`` is the mean of the pairs, ``above_0.9`` the share of
the true utterances whose pair lies above it, and ``class_accuracy`` the share of pairs of one class. Chance is the same
of as many utterances of other speakers: pairing alone brings strangers nearer, the more so the larger the batch.
``uar`` is how well the attribute is read off what was rebuilt. Means are over updates within a speaker, then over
speakers, by whom intervals are drawn; where nothing was rebuilt there is no cosine, and the attribute is guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from attacks.inversion.inverter import Rebuilt
from fedser.metrics.bootstrap import Resamples, draw
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from simulations.scoring.answers import count, join
from simulations.scoring.judged import judge
from simulations.scoring.settings import Scores
from simulations.scoring.tables import CLIENT_KEY, AttackScores, Truth
from simulations.true_inputs import Inputs

NEAR = 0.9
METRICS = ("reconstructed", "cosine", "above_0.9", "class_accuracy")
INVERSION_WORDS = ["attack", "metric"]
INVERSION_NUMBERS = ["value", "low", "high", "chance", "n", "speakers"]
UPDATES_WORDS = ["attack", "training", "client"]
UPDATES_NUMBERS = ["round", "utterances", *METRICS, *(f"{metric}_chance" for metric in METRICS[1:])]


@dataclass(frozen=True)
class Inverted:
    """What was rebuilt from one update, the true utterances behind it, and as many of ``others``."""

    attack: str
    training: str
    round: int
    client: str
    rebuilt: Rebuilt
    true: Inputs
    others: Inputs


def likeness(rebuilt: Rebuilt, true: Inputs) -> dict[str, float]:
    """``cosine``, ``above_0.9`` and ``class_accuracy`` of the best pairing; of nothing the first and last are NaN."""
    if not len(rebuilt.y):
        return {"cosine": np.nan, "above_0.9": 0.0, "class_accuracy": np.nan}
    cosines = _unit(rebuilt.x) @ _unit(true.x).T
    found, own = linear_sum_assignment(cosines, maximize=True)
    pairs = cosines[found, own]
    right = rebuilt.y[found] == true.y[own]
    return {
        "cosine": float(pairs.mean()),
        "above_0.9": float((pairs > NEAR).sum() / len(true.y)),
        "class_accuracy": float(right.mean()),
    }


def updates_table(found: Sequence[Inverted]) -> pd.DataFrame:
    """One row per attack and update; ``reconstructed`` is how many utterances were rebuilt of the ``utterances``."""
    rows = [
        {"attack": one.attack, "training": one.training, "round": one.round, "client": one.client}
        | {"utterances": len(one.true.y), "reconstructed": len(one.rebuilt.y)}
        | likeness(one.rebuilt, one.true)
        | {f"{metric}_chance": value for metric, value in likeness(one.rebuilt, one.others).items()}
        for one in found
    ]
    return pd.DataFrame(rows, columns=UPDATES_WORDS + UPDATES_NUMBERS)


def inversion_table(
    updates: pd.DataFrame, read_off: Sequence[AttackScores], truth: Truth, scores: Scores, stream: Stream
) -> pd.DataFrame:
    """The table of all attacks, from ``updates_table`` and what is read off each; ``read_off`` may hold references."""
    whose = truth.clients.assign(who=truth.clients["person" if "person" in truth.clients else "speaker"])
    known = updates.merge(whose[[*CLIENT_KEY, "who"]], on=CLIENT_KEY, how="left", validate="many_to_one")
    known["reconstructed"] = known["reconstructed"] / known["utterances"]
    rows = [
        {"attack": attack} | row
        for attack, mine in known.groupby("attack", sort=False)
        for row in _means(mine, scores, stream)
    ]
    rows += [{"attack": one.attack} | row for one in read_off for row in _recall(one, truth, scores, stream)]
    return pd.DataFrame(rows, columns=INVERSION_WORDS + INVERSION_NUMBERS)


def _means(mine: pd.DataFrame, scores: Scores, stream: Stream) -> Iterator[dict[str, Any]]:
    for metric in METRICS:
        there = mine[mine[metric].notna()]
        beside = there.get(f"{metric}_chance", pd.Series(np.nan, there.index))
        number = {"metric": metric, "n": len(there), "speakers": there["who"].nunique()}
        yield (
            number
            | _interval(there[metric].groupby(there["who"]).mean().to_numpy(), scores, stream)
            | {"chance": float(beside.groupby(there["who"]).mean().mean())}
        )


def _interval(of_speakers: Floats, scores: Scores, stream: Stream) -> dict[str, float]:
    if not len(of_speakers):
        return dict.fromkeys(("value", "low", "high"), np.nan)
    times = draw(np.zeros(len(of_speakers), dtype=np.int64), scores.bootstrap, stream("bootstrap").numpy())
    drawn: Floats = times @ of_speakers / len(of_speakers)
    found = Resamples(float(of_speakers.mean()), drawn).interval(scores.confidence)
    return {"value": found.value, "low": found.low, "high": found.high}


def _recall(one: AttackScores, truth: Truth, scores: Scores, stream: Stream) -> Iterator[dict[str, Any]]:
    """The UAR per update; none where the few updates that were inverted are not of every value of the attribute."""
    clients = one.updates.merge(truth.clients, on=CLIENT_KEY)
    if set(clients["value"]) < set(truth.clients["value"]):
        return
    answers = join(one, truth)
    counts, number = count(answers, "update")
    found = judge(counts, answers, "uar", scores, stream)
    interval = found.resamples.interval(scores.confidence)
    numbers = {"value": interval.value, "low": interval.low, "high": interval.high, "chance": found.chance}
    yield {"metric": "uar", "n": number, "speakers": found.persons} | numbers


def _unit(x: np.ndarray) -> Floats:
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    unit: Floats = x / np.where(lengths > 0, lengths, 1.0)
    return unit
