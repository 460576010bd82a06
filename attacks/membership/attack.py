"""What every membership attack is: a score for each candidate, and a threshold that shadow trainings alone decide.

An attack scores records. Of a person, whose records the adversary holds, it says what the records' scores say together:
their ``mean``, or how far they lie above those of strangers (``kolmogorov``); where it can, something of its own.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from pydantic import Field

from attacks.attack import Progress, silent
from attacks.knowledge import Knowledge
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Outside, Seen, Shadows
from fedser.config import Plugin
from fedser.devices import one_thread
from fedser.metrics.recall import Floats
from fedser.metrics.roc import best_threshold
from fedser.seeds import Stream

Unit = Literal["utterance", "speaker"]
Key = tuple[Unit, str]
"""What is scored, and how the score of it is put together: ``each`` for utterances."""

EACH: Key = ("utterance", "each")


@dataclass(frozen=True)
class Answers:
    """Scores of records [records], NaN where nothing can be said, and the attack's own of speakers [speakers]."""

    records: Floats
    speakers: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Scored:
    """Scores of candidates [records or speakers], and the threshold from which on a shadow is called a member."""

    unit: Unit
    pooling: str
    scores: Floats
    threshold: float


class MembershipAttack(Plugin):
    """An adversary's method of telling who took part. Higher scores are of likelier members."""

    knowledge: ClassVar[Knowledge]
    """What its adversary must know of the training."""
    reads_updates: ClassVar[bool] = False
    """Whether it reads what was captured on the way, and not only what is published."""
    reads_single_updates: ClassVar[bool] = False
    """Whether it reads what clients sent, each update by itself."""
    shadows_needed: ClassVar[int] = 1
    """How many shadow trainings it takes, at least."""
    name: str
    rehearsals: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        "all", description="shadow trainings that are attacked in turn, to choose thresholds by them"
    )

    @final
    def fit(self, shadows: Shadows, stream: Stream, progress: Progress = silent) -> "FittedMembership":
        """Attack the adversary's own trainings, where it knows who took part, and choose thresholds by them."""
        number = len(shadows.trainings) if self.rehearsals == "all" else min(self.rehearsals, len(shadows.trainings))
        rehearsed = []
        with one_thread():
            for place, seen in enumerate(shadows.trainings[:number]):
                own = stream("rehearsal", place)
                rehearsed.append(self._answers(shadows.candidates, seen, shadows.others(place), own, progress))
        trained = [shadows.trained[place] for place in range(number)]
        strangers = _known(np.concatenate([a.records[~t] for a, t in zip(rehearsed, trained, strict=True)]))
        heard = [shadows.heard(place) for place in range(number)]
        thresholds = {
            key: best_threshold(np.concatenate(scores), np.concatenate(trained if key == EACH else heard))
            for key, scores in _side_by_side([units(shadows.candidates, a, strangers) for a in rehearsed])
        }
        return FittedMembership(self, shadows, strangers, thresholds)

    @abstractmethod
    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        """Scores of ``candidates`` as to the training ``seen``; ``outside`` are other trainings, of the adversary."""


@dataclass(frozen=True)
class FittedMembership:
    """An attack with its thresholds, and the sorted scores of shadow records that a training had not learned from."""

    attack: MembershipAttack
    shadows: Shadows
    strangers: Floats
    thresholds: Mapping[Key, float]

    def scores(self, candidates: Candidates, target: Seen, stream: Stream, progress: Progress = silent) -> list[Scored]:
        """Scores of ``candidates``, none of whom took part in a shadow training, as to the training ``target``.

        What cannot be said of all of them, since no shadow record is a stranger to its training, is left out.
        """
        with one_thread():
            outside = self.shadows.strangers(candidates)
            answers = self.attack._answers(candidates, target, outside, stream, progress)
        found = units(candidates, answers, self.strangers)
        whole = {key: scores for key, scores in found.items() if not np.isnan(scores).any()}
        return [Scored(*key, scores, self.thresholds[key]) for key, scores in whole.items()]


def units(candidates: Candidates, answers: Answers, strangers: Floats) -> dict[Key, Floats]:
    """The scores of records and, in every way of putting them together, of speakers."""
    mean = candidates.mean_of_speakers(answers.records)
    above = np.array([above_strangers(own, strangers) for own in _by_speaker(candidates, answers.records)])
    pooled: dict[Key, Floats] = {EACH: answers.records, ("speaker", "mean"): mean, ("speaker", "kolmogorov"): above}
    return pooled | {("speaker", pooling): scores for pooling, scores in answers.speakers.items()}


def above_strangers(own: Floats, strangers: Floats) -> float:
    """sup_t F_strangers(t) - F_own(t), from 0 to 1: how far a person's scores lie above those of strangers.

    The one-sided statistic D+ of Kolmogorov and Smirnov; ``strangers`` are sorted, and without scores on either side it
    is NaN. The supremum is reached just below one of the person's own scores.
    """
    own = np.sort(_known(own))
    if not len(own) or not len(strangers):
        return float("nan")
    below = np.searchsorted(strangers, own, side="left") / len(strangers)
    return float(max(0.0, (below - np.searchsorted(own, own, side="left") / len(own)).max()))


def _by_speaker(candidates: Candidates, scores: Floats) -> Iterator[Floats]:
    order = np.argsort(candidates.speaker, kind="stable")
    yield from np.split(scores[order], np.cumsum(np.bincount(candidates.speaker))[:-1])


def _known(scores: Floats) -> Floats:
    return np.sort(scores[~np.isnan(scores)])


def _side_by_side(rehearsed: Sequence[Mapping[Key, Floats]]) -> Iterator[tuple[Key, list[Floats]]]:
    for key in rehearsed[0]:
        yield key, [one[key] for one in rehearsed]
