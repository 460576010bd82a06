"""``leakage_accumulated.csv``: the UAR of one answer per client, put together from M of its observed updates.

The M are drawn among all updates of the client, so that M is not also the stage of the training; a client that sent
fewer gives all. Drawn again and again, each client's M updates of one drawing are among its M + 1 of the same, and the
answers of all drawings are counted. Ways of putting together:

- ``mean``: the mean of the scores;
- ``weighted``: the sum of the logarithms of the scores, each with its update's weight: updates as independent
  witnesses, of whom some are blind. The weights are what the attack's shadow data says of the update's round;
- ``updates``: the updates are averaged, and the attack is asked about their mean;
- ``set``: the attack itself has learned to read sets of updates, and is shown them one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fedser.metrics.folds import chance
from fedser.metrics.recall import Counts, Ints
from fedser.seeds import Stream
from simulations.scoring.answers import Answers, count, join
from simulations.scoring.settings import Scores
from simulations.scoring.tables import UPDATE_KEY, AttackScores, Pooled, Truth, check_scores

ACCUMULATED_WORDS = ["attack", "layer", "pooling", "observed"]
ACCUMULATED_NUMBERS = ["updates", "uar", "low", "high", "chance", "n"]
ACCUMULATED_COLUMNS = ACCUMULATED_WORDS + ACCUMULATED_NUMBERS
ALL = "all"
_LEAST = 1e-9  # of a score, whose logarithm is taken


def leakage_accumulated(found: Iterable[AttackScores], truth: Truth, scores: Scores, stream: Stream) -> pd.DataFrame:
    """The table of all attacks, in their order; ``updates`` is the mean number that a client gave, ``n`` the clients.

    Raises InputError where scores and truth do not fit.
    """
    rows: list[dict[str, Any]] = []
    for one in found:
        check_scores(one, truth)
        for pooling, pooled in _poolings(one).items():
            labels = {"attack": one.attack, "layer": one.layer, "pooling": pooling}
            rows += [labels | row for row in _rows(join(pooled, truth), scores, stream)]
        if one.pooled is not None:
            labels = {"attack": one.attack, "layer": one.layer, "pooling": one.pooled.pooling}
            rows += [labels | row for row in _pooled_rows(one, one.pooled, truth, scores, stream)]
    return pd.DataFrame(rows, columns=ACCUMULATED_COLUMNS)


def _poolings(one: AttackScores) -> Mapping[str, AttackScores]:
    """Scores whose sum over a client's updates is that client's answer."""
    if one.weights is None:
        return {"mean": one}
    witness = one.weights[:, None] * np.log(np.maximum(one.scores, _LEAST))
    return {"mean": one, "weighted": replace(one, scores=witness)}


def _rows(answers: Answers, scores: Scores, stream: Stream) -> Iterator[dict[str, Any]]:
    places = [_places(answers.client, stream("observed", number)) for number in range(scores.observed_draws)]
    most = int(places[0].max()) + 1
    for number in sorted(number for number in set(scores.observed) if number < most):
        yield _row(answers, f"{number}", [place < number for place in places], scores, stream)
    yield _row(answers, ALL, [np.ones(len(answers.client), dtype=np.bool_)], scores, stream)


def _pooled_rows(
    one: AttackScores, pooled: Pooled, truth: Truth, scores: Scores, stream: Stream
) -> Iterator[dict[str, Any]]:
    """What the attack itself says of so many updates; each drawing is one answer per client."""
    groups = pooled.groups
    for observed, own in groups.groupby("observed", sort=False):
        updates = own.rename(columns={"draw": "round"})[UPDATE_KEY].reset_index(drop=True)
        chosen = pooled.scores[(groups["observed"] == observed).to_numpy()]
        answers = join(AttackScores(one.attack, one.layer, updates, chosen), truth)
        drawings = [answers.round == number for number in np.unique(answers.round)]
        yield _row(answers, str(observed), drawings, scores, stream) | {"updates": float(own["updates"].mean())}


def _places(client: Ints, stream: Stream) -> Ints:
    """The place of each update [updates], from 0, in a drawn order of its client's updates."""
    order = np.lexsort((stream.numpy().random(len(client)), client))
    starts = np.flatnonzero(np.diff(client[order], prepend=-1))
    sizes = np.diff(starts, append=len(client))
    places = np.empty(len(client), dtype=np.int64)
    places[order] = np.arange(len(client)) - np.repeat(starts, sizes)
    return places


def _row(
    answers: Answers, observed: str, chosen: Sequence[np.ndarray[Any, Any]], scores: Scores, stream: Stream
) -> dict[str, Any]:
    """Each drawing of updates, chosen where True [updates], is one answer per client; all count alike."""
    parts = [answers.only(rows) for rows in chosen]
    counts: Counts = np.sum([count(part, "client")[0] for part in parts], axis=0)
    number = len(np.unique(answers.client))
    found = scores.intervals()(counts, answers.people, "uar", stream("bootstrap").numpy())
    return {
        "observed": observed,
        "updates": len(parts[0].client) / number,
        "uar": found.value,
        "low": found.low,
        "high": found.high,
        "chance": chance(counts.sum(axis=1), "uar"),
        "n": number,
    }
