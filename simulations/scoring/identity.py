"""``identity.csv``: how often a probe's speaker is found in the gallery, and how well same is told from other.

``rank1`` and ``rank5`` are shares of each speaker's probes, averaged over speakers and trainings; ``eer`` is over all
trials of all trainings. Intervals are by bootstrap over speakers, each drawn with all of his or her probes and, among
the trials of different speakers, as often in the gallery. ``resolution`` is the least step that a value can take: one
over the probes, or over the trials of one speaker. Rows with gallery ``permuted`` are the control: its names are dealt
anew. ``gap`` names the rounds between gallery and probe, or ``all``.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from fedser.errors import InputError
from fedser.metrics.bootstrap import Resamples, draw
from fedser.metrics.folds import mean_of_defined
from fedser.metrics.recall import Floats, Ints, ratio
from fedser.metrics.verification import Trials, hits
from fedser.seeds import Stream
from simulations.identity import Identity
from simulations.scoring.linkage import Embedded, Linkage, link
from simulations.scoring.settings import Scores

IDENTITY_WORDS = ["linker", "gallery", "gap", "metric"]
IDENTITY_NUMBERS = ["observed", "value", "low", "high", "chance", "n", "speakers", "resolution"]
IDENTITY_COLUMNS = IDENTITY_WORDS + IDENTITY_NUMBERS
DET_WORDS, DET_NUMBERS = ["linker", "gallery"], ["observed", "false_acceptance", "false_rejection"]
_RANKS, _GAPS, _POINTS = (1, 5), 3, 200


def identity_tables(
    found: Sequence[Embedded], clients: pd.DataFrame, identity: Identity, scores: Scores, stream: Stream
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table, and the error rates over all thresholds for a figure.

    ``clients`` has the columns training, client and ``who``, the person's name. Raises InputError where in no training
    two speakers have updates on both sides.
    """
    numbered = clients.assign(who=np.unique(clients["who"].to_numpy(str), return_inverse=True)[1])
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for one in found:
        for observed in sorted(set(identity.observed)):
            links = list(link(one, numbered, identity.probes, identity.gallery, observed, stream("probes")))
            links = [each for each in links if len(each.own)]
            if not links and observed == min(identity.observed):
                raise InputError(
                    f"identity: in no training do two speakers have updates on both sides of probes: {identity.probes},"
                    f" {observed} of them to ask about; train or capture more rounds"
                )
            if links:
                labels = {"linker": one.linker, "observed": observed}
                rows += [labels | row for row in _rows(links, observed == min(identity.observed), scores, stream)]
                control = [each for n in range(identity.permutations) for each in _dealt(links, stream("dealt", n))]
                rows += [labels | row | {"gallery": "permuted"} for row in _rows(control, False, scores, stream)]
                curves += [labels | row for row in _curve(links)]
    return pd.DataFrame(rows, columns=IDENTITY_COLUMNS), pd.DataFrame(curves, columns=DET_WORDS + DET_NUMBERS)


def _dealt(links: Sequence[Linkage], stream: Stream) -> Iterator[Linkage]:
    """The same with the gallery's names dealt anew in each training."""
    for number, one in enumerate(links):
        order = stream(number).numpy().permutation(len(one.persons))
        yield Linkage(one.scores[:, order], one.own, one.persons, one.gap)


def _rows(links: Sequence[Linkage], by_gap: bool, scores: Scores, stream: Stream) -> Iterator[dict[str, Any]]:
    for rank in _RANKS:
        yield _rank_row(links, rank, "all", scores, stream)
    yield _eer_row(links, scores, stream)
    if by_gap:
        gaps = np.concatenate([one.gap for one in links])
        edges = np.unique(np.quantile(gaps, np.linspace(0, 1, _GAPS + 1)))
        for low, high in pairwise(edges):
            inside = [(one.gap >= low) & ((one.gap < high) | (high == edges[-1])) for one in links]
            some = [_only(one, chosen) for one, chosen in zip(links, inside, strict=True) if chosen.any()]
            yield _rank_row(some, 1, f"{low:.0f} to {high:.0f}", scores, stream)


def _only(one: Linkage, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> Linkage:
    return Linkage(one.scores[chosen], one.own[chosen], one.persons, one.gap[chosen])


def _rank_row(links: Sequence[Linkage], rank: int, gap: str, scores: Scores, stream: Stream) -> dict[str, Any]:
    who = [one.persons[one.own] for one in links]
    speakers, number = np.unique(np.concatenate(who)), sum(map(len, who))
    share = np.zeros((len(links), len(speakers), 2))
    for fold, (one, own) in enumerate(zip(links, who, strict=True)):
        place = np.searchsorted(speakers, own)
        right, times = (
            np.bincount(place, weights, len(speakers)) for weights in (hits(one.scores, one.own, rank), None)
        )
        share[fold, :, 0], share[fold, :, 1] = right / np.maximum(times, 1), times > 0
    drawn = np.einsum("rs,fsk->rfk", _drawn(speakers, scores, stream), share, optimize=True)
    found = Resamples(float(_over_folds(share.sum(axis=1)[None])[0]), _over_folds(drawn))
    chance = float(np.mean([min(rank, len(one.persons)) / len(one.persons) for one in links]))
    return _row(f"rank{rank}", gap, found, chance, number, len(speakers), 1 / number, scores)


def _over_folds(sums: Floats) -> Floats:
    """The mean over trainings of the mean over speakers, [resamples] from [resamples, trainings, 2]."""
    return mean_of_defined(ratio(sums[..., 0], sums[..., 1])[..., None])[..., 0]


def _eer_row(links: Sequence[Linkage], scores: Scores, stream: Stream) -> dict[str, Any]:
    trials, probe, entry = _trials(links)
    speakers = np.unique(entry)
    times = _drawn(speakers, scores, stream)
    probe, entry = np.searchsorted(speakers, probe), np.searchsorted(speakers, entry)
    drawn = [trials.eer(each[probe] * np.where(trials.same, 1, each[entry])) for each in times.astype(np.float64)]
    found, number = Resamples(trials.eer(), np.array(drawn)), int(trials.same.sum())
    return _row("eer", "all", found, 0.5, number, len(speakers), 1 / number, scores)


def _trials(links: Sequence[Linkage]) -> tuple[Trials, Ints, Ints]:
    """All trials, and of each the persons of probe and gallery."""
    probe = np.concatenate([np.repeat(one.persons[one.own], len(one.persons)) for one in links])
    entry = np.concatenate([np.tile(one.persons, len(one.own)) for one in links])
    return Trials.of(np.concatenate([one.scores.ravel() for one in links]), probe == entry), probe, entry


def _drawn(speakers: Ints, scores: Scores, stream: Stream) -> Ints:
    """How often each resample contains each speaker, the same for every linker."""
    return draw(np.zeros(len(speakers), dtype=np.int64), scores.bootstrap, stream("bootstrap").numpy())


def _row(
    metric: str, gap: str, found: Resamples, chance: float, n: int, speakers: int, step: float, scores: Scores
) -> dict[str, Any]:
    defined = Resamples(found.value, found.drawn[~np.isnan(found.drawn)])
    interval = defined.interval(scores.confidence)
    numbers = {"value": interval.value, "low": interval.low, "high": interval.high, "chance": chance}
    counts = {"n": n, "speakers": speakers, "resolution": step}
    return {"gallery": "known", "gap": gap, "metric": metric} | numbers | counts


def _curve(links: Sequence[Linkage]) -> Iterator[dict[str, Any]]:
    accepted, refused = _trials(links)[0].rates()
    for place in np.unique(np.linspace(0, len(accepted) - 1, _POINTS).round().astype(int)):
        yield {"gallery": "known", "false_acceptance": accepted[place], "false_rejection": refused[place]}
