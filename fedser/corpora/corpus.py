"""A corpus as two tables: utterances, and speakers, with whom the attributes live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from fedser.corpora.labels import LABELS, Media
from fedser.errors import InputError, Problems

UTTERANCE_COLUMNS = ("utterance", "path", "text", "speaker", "session", *LABELS)
"""Columns with a meaning of their own, in their order; readers may add others."""


@dataclass(frozen=True)
class Corpus:
    """Utterances and speakers of one corpus.

    ``utterances`` has one row per utterance (a spoken turn, a sentence, a picture of a face), with the columns
    ``utterance`` (unique id) and ``speaker`` (whom it tells of), ``path`` (str, absolute) or ``text`` or both, at
    least one of ``LABELS``, and any others. ``speakers`` has one row per speaker, with the column ``speaker`` (unique)
    and one column per attribute (gender, age, ...); where speaker-sessions stand in the place of speakers, ``person``
    says whose they are. A corpus whose speakers have attributes may do without ``LABELS``, as faces for an audit of
    bias do. ``dropped`` counts what a reader left out, by reason. ``media`` is what the files are.
    """

    name: str
    utterances: pd.DataFrame
    speakers: pd.DataFrame
    dropped: dict[str, int] = field(default_factory=dict)
    media: Media = "audio"

    def __post_init__(self) -> None:
        self._refuse_missing_columns()
        problems = Problems()
        for table, column in ((self.utterances, "utterance"), (self.speakers, "speaker")):
            twice = table[column][table[column].duplicated()].unique()
            if len(twice):
                problems.add(f"corpus {self.name}", f"{column} given more than once: {', '.join(map(str, twice[:5]))}")
        unknown = sorted(set(self.utterances["speaker"]) - set(self.speakers["speaker"]))
        if unknown:
            problems.add(f"corpus {self.name}", f"utterances of unknown speakers: {', '.join(map(str, unknown[:5]))}")
        problems.raise_if_any()

    def _refuse_missing_columns(self) -> None:
        columns = self.utterances.columns
        missing = [column for column in ("utterance", "speaker") if column not in columns]
        groups = (("path", "text"),) if self.attributes else (("path", "text"), LABELS)
        missing += [" or ".join(group) for group in groups if not set(group) & set(columns)]
        if missing or "speaker" not in self.speakers.columns:
            raise InputError(f"corpus {self.name}: tables without the columns {', '.join(missing) or 'speaker'}")
        if self.utterances.empty:
            raise InputError(f"corpus {self.name}: no utterances")

    @property
    def paths(self) -> list[Path]:
        """The file of each utterance, in the order of the table; none for a corpus of text alone."""
        return [Path(path) for path in self.utterances.get("path", ())]

    @property
    def labels(self) -> tuple[str, ...]:
        """What is said of the utterances: those of ``LABELS`` that their table has."""
        return tuple(label for label in LABELS if label in self.utterances.columns)

    def only(self, keep: pd.Series, reason: str) -> "Corpus":
        """The corpus with the utterances where ``keep`` holds, and the speakers that still speak."""
        utterances = self.utterances[keep].reset_index(drop=True)
        if utterances.empty:
            raise InputError(f"corpus {self.name}: no utterance is left ({reason})")
        speakers = self.speakers[self.speakers["speaker"].isin(utterances["speaker"])].reset_index(drop=True)
        lost = int((~keep).sum())
        dropped = self.dropped | ({reason: self.dropped.get(reason, 0) + lost} if lost else {})
        return replace(self, utterances=utterances, speakers=speakers, dropped=dropped)

    def renamed(self, names: Mapping[str, str], label: str = "emotion") -> "Corpus":
        """The corpus with other names for some of the classes of ``label``."""
        column = self.utterances[label].map(lambda value: names.get(value, value))
        return replace(self, utterances=self.utterances.assign(**{label: column}))

    def with_labels(self, classes: Sequence[str], label: str = "emotion") -> "Corpus":
        """The corpus with the utterances of ``classes`` alone, the others counted in ``dropped`` by their class.

        Raises InputError when there is no such label, and when one of the classes never occurs.
        """
        if label not in self.labels:
            raise InputError(f"corpus {self.name}: no {label}; its labels are {', '.join(self.labels) or 'none'}")
        found = sorted(set(self.utterances[label].dropna()))
        never = [value for value in classes if value not in found]
        if never:
            raise InputError(
                f"corpus {self.name}: no utterance is {' or '.join(never)}; its {label}s are {', '.join(found)}"
            )
        corpus = self
        for value in (value for value in found if value not in classes):
            corpus = corpus.only(corpus.utterances[label] != value, value)
        return corpus.only(corpus.utterances[label].notna(), f"no {label}")

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is known of the speakers: the columns of their table, in its order."""
        return tuple(column for column in self.speakers.columns if column not in ("speaker", "person", "corpus"))
