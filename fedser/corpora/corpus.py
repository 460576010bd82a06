"""A corpus as two tables: utterances, and speakers, with whom the attributes live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from fedser.errors import InputError, Problems

UTTERANCE_COLUMNS = ("utterance", "path", "speaker", "emotion")


@dataclass(frozen=True)
class Corpus:
    """Utterances and speakers of one corpus.

    ``utterances`` has one row per utterance, with the columns ``utterance`` (unique id), ``path`` (str, absolute),
    ``speaker`` and ``emotion``, and any others; ``speakers`` one row per speaker, with the column ``speaker``
    (unique) and one column per attribute (gender, age, ...). ``dropped`` counts what a reader left out, by reason.
    """

    name: str
    utterances: pd.DataFrame
    speakers: pd.DataFrame
    dropped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = Problems()
        missing = [column for column in UTTERANCE_COLUMNS if column not in self.utterances.columns]
        if missing or "speaker" not in self.speakers.columns:
            raise InputError(f"corpus {self.name}: tables without the columns {missing or ['speaker']}")
        if self.utterances.empty:
            raise InputError(f"corpus {self.name}: no utterances")
        for table, column in ((self.utterances, "utterance"), (self.speakers, "speaker")):
            twice = table[column][table[column].duplicated()].unique()
            if len(twice):
                problems.add(f"corpus {self.name}", f"{column} given more than once: {', '.join(map(str, twice[:5]))}")
        unknown = sorted(set(self.utterances["speaker"]) - set(self.speakers["speaker"]))
        if unknown:
            problems.add(f"corpus {self.name}", f"utterances of unknown speakers: {', '.join(map(str, unknown[:5]))}")
        problems.raise_if_any()

    @property
    def paths(self) -> list[Path]:
        """The audio file of each utterance, in the order of the table."""
        return [Path(path) for path in self.utterances["path"]]

    def only(self, keep: pd.Series, reason: str) -> "Corpus":
        """The corpus with the utterances where ``keep`` holds, and the speakers that still speak."""
        utterances = self.utterances[keep].reset_index(drop=True)
        if utterances.empty:
            raise InputError(f"corpus {self.name}: no utterance is left ({reason})")
        speakers = self.speakers[self.speakers["speaker"].isin(utterances["speaker"])].reset_index(drop=True)
        lost = int((~keep).sum())
        dropped = self.dropped | ({reason: self.dropped.get(reason, 0) + lost} if lost else {})
        return Corpus(self.name, utterances, speakers, dropped)

    def renamed(self, emotions: Mapping[str, str]) -> "Corpus":
        """The corpus with other names for some of its emotions."""
        names = self.utterances["emotion"].map(lambda emotion: emotions.get(emotion, emotion))
        return replace(self, utterances=self.utterances.assign(emotion=names))

    def with_labels(self, classes: Sequence[str]) -> "Corpus":
        """The corpus with the utterances of ``classes`` alone, the others counted in ``dropped`` by their emotion.

        Raises InputError when one of the classes never occurs.
        """
        found = sorted(set(self.utterances["emotion"]))
        never = [emotion for emotion in classes if emotion not in found]
        if never:
            raise InputError(
                f"corpus {self.name}: no utterance is {' or '.join(never)}; its emotions are {', '.join(found)}"
            )
        corpus = self
        for emotion in (emotion for emotion in found if emotion not in classes):
            corpus = corpus.only(corpus.utterances["emotion"] != emotion, emotion)
        return corpus

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is known of the speakers: the columns of their table, in its order."""
        return tuple(column for column in self.speakers.columns if column not in ("speaker", "corpus"))
