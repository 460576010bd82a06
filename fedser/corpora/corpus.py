"""A corpus as two tables: utterances, and speakers, with whom the attributes live."""

from dataclasses import dataclass, field
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
