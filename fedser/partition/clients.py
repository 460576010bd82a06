"""Dividing a corpus among clients: one per speaker, n per speaker, or one for all."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.config import Plugin
from fedser.errors import InputError
from fedser.partition.folds import Folds
from fedser.partition.names import Names
from fedser.partition.normalise import Scope
from fedser.partition.partition import Partition
from fedser.partition.ragged import Ragged, Rows
from fedser.seeds import Stream

Parts = Annotated[int, Field(ge=1)]


class Partitioner(Plugin):
    """How utterances become clients, which speakers are held out, and over what features are normalised."""

    normalise: Scope = "speaker"
    validation: float = Field(0.2, ge=0, lt=1, description="share of a client's utterances kept for validation")
    folds: Folds = Folds()

    @abstractmethod
    def groups(self, utterances: pd.DataFrame, stream: Stream) -> list[Rows]:
        """The rows of each client, disjoint, all rows covered once, each group in a drawn order."""

    def divide(self, utterances: pd.DataFrame, stream: Stream) -> Partition:
        """Clients under pseudonyms that say nothing of the speaker, and nothing held out; int((1 - v) n) rows train."""
        groups = self.groups(utterances, stream)
        order = stream("pseudonyms").numpy().permutation(len(groups))
        held = [groups[group] for group in order]
        counts = [self._training_count(len(rows)) for rows in held]
        return Partition(
            names=Names.numbered(len(held)),
            train=Ragged.of([rows[:count] for rows, count in zip(held, counts, strict=True)]),
            validation=Ragged.of([rows[count:] for rows, count in zip(held, counts, strict=True)]),
            test=np.empty(0, np.int64),
        )

    def _training_count(self, rows: int) -> int:
        # The tolerance keeps int(0.8 n) at the paper's number: (1 - 0.2) * 5 is 4.000...01 or 3.999...9.
        return max(1, int((1 - self.validation) * rows + 1e-9))


class BySpeaker(Partitioner):
    """Each speaker is a client, or is permuted and split into n clients of equal size."""

    source: ClassVar[str] = "Feng et al. 2021, section 5.1"
    name: Literal["speaker"] = "speaker"
    parts: Parts | dict[str, Parts] = Field(
        1, description="clients per speaker, or these by corpus; of a corpus that is not named each speaker is one"
    )

    def groups(self, utterances: pd.DataFrame, stream: Stream) -> list[Rows]:
        """Per speaker, in the order of the names: a permutation of the rows, cut into ``parts``."""
        by_speaker = utterances.groupby("speaker", sort=True).indices
        parts = {speaker: self._parts_of(utterances, rows) for speaker, rows in by_speaker.items()}
        few = [str(speaker) for speaker, rows in by_speaker.items() if len(rows) < parts[speaker]]
        if few:
            raise InputError(
                f"partition.parts: {max(parts.values())} clients per speaker, but these speakers have fewer utterances:"
                f" {', '.join(few[:10])}{f' and {len(few) - 10} more' if len(few) > 10 else ''}"
            )
        groups: list[Rows] = []
        for speaker, rows in by_speaker.items():
            shuffled = stream("speaker", str(speaker)).numpy().permutation(rows)
            groups.extend(np.array_split(shuffled, parts[speaker]))
        return groups

    def _parts_of(self, utterances: pd.DataFrame, rows: Rows) -> int:
        """Into how many clients the speaker of these rows is split."""
        if isinstance(self.parts, int):
            return self.parts
        return self.parts.get(str(utterances["corpus"].iloc[rows[0]]), 1)


class Single(Partitioner):
    """One client holds everything: central training on the same engine."""

    source: ClassVar[str] = "the one-client case of McMahan et al. 2017"
    name: Literal["single"] = "single"

    def groups(self, utterances: pd.DataFrame, stream: Stream) -> list[Rows]:
        """All rows, in a drawn order."""
        return [stream("single").numpy().permutation(len(utterances))]
