"""Speaker-disjoint folds: in the order of the speakers, as the paper's authors did, or drawn and balanced."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.config import Frozen
from fedser.errors import InputError
from fedser.partition.ragged import Mask
from fedser.seeds import Stream


class Folds(Frozen):
    """``ordered`` cuts the sorted speakers into runs; ``balanced`` deals each attribute value's speakers in turn.

    ``drawn`` draws each fold by itself, a ``share`` of each value's speakers: Monte-Carlo splits, which may overlap.
    Sorted is in natural order: ``p/2`` before ``p/10``, unless ``listed`` gives a corpus's speakers in another order.
    Where the speakers are speaker-sessions, so that their table says of which ``person`` each is, persons are dealt,
    with all of their sessions.
    """

    number: int = Field(5, ge=2)
    order: Literal["ordered", "balanced", "drawn"] = "balanced"
    share: float = Field(0.125, gt=0, lt=1, description="of the speakers, which each drawn fold holds out")
    listed: dict[str, tuple[str, ...]] = Field({}, description="by corpus, its speakers in the order to cut them in")

    def of(self, speakers: pd.DataFrame, attribute: str, stream: Stream) -> list[tuple[str, ...]]:
        """The speakers of each fold. Every corpus of a joined table is folded by itself (its column ``corpus``)."""
        groups = speakers.groupby("corpus", sort=False) if "corpus" in speakers else [("", speakers)]
        folds: list[list[str]] = [[] for _ in range(self.number)]
        for corpus, table in groups:
            people, unit = (_people(table, attribute), "persons") if "person" in table else (table, "speakers")
            if len(people) < (2 if self.order == "drawn" else self.number):
                raise InputError(
                    f"partition.folds.number: {self.number} folds, but corpus {corpus or 'given'} has only"
                    f" {len(people)} {unit}; choose at most {len(people)}"
                )
            for fold, members in zip(folds, self._deal(people, attribute, str(corpus), stream), strict=True):
                fold.extend(_speakers_of(table, members))
        return [tuple(fold) for fold in folds]

    def _deal(self, table: pd.DataFrame, attribute: str, corpus: str, stream: Stream) -> list[list[str]]:
        if self.order == "ordered":
            speakers = np.array(self._in_order(table["speaker"], corpus), dtype=object)
            return [list(part) for part in np.array_split(speakers, self.number)]
        groups = table.sort_values("speaker").groupby(attribute, sort=True, dropna=False)["speaker"]
        if self.order == "drawn":
            return [self._drawn(groups, stream(corpus)("draw", fold)) for fold in range(self.number)]
        dealt: list[str] = []
        for value, members in groups:
            dealt.extend(stream(corpus)("deal", str(value)).numpy().permutation(members.to_numpy()))
        return [dealt[start :: self.number] for start in range(self.number)]

    def _drawn(self, groups: Iterable[tuple[Any, "pd.Series[Any]"]], stream: Stream) -> list[str]:
        """One split: the share of each group, of one speaker at least, and never of all."""
        drawn: list[str] = []
        for value, members in groups:
            permuted = stream(str(value)).numpy().permutation(members.to_numpy())
            drawn.extend(permuted[: min(len(permuted) - 1, max(1, round(self.share * len(permuted))))])
        return drawn

    def _in_order(self, speakers: Iterable[str], corpus: str) -> list[str]:
        """As listed, of those that there are; else in natural order."""
        if corpus not in self.listed:
            return sorted(speakers, key=natural)
        place = {f"{corpus}/{name}": number for number, name in enumerate(self.listed[corpus])}
        unlisted = sorted(set(speakers) - set(place), key=natural)
        if unlisted:
            raise InputError(
                f"partition.folds.listed.{corpus}: without {', '.join(unlisted[:5])}"
                f"{f' and {len(unlisted) - 5} more' if len(unlisted) > 5 else ''}; list every speaker of this corpus"
            )
        return sorted(speakers, key=place.__getitem__)


def _people(table: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """One row per person, as the ``speaker``; who has several values of ``attribute`` has all of them as one."""
    known = {
        person: " and ".join(sorted(set(map(str, values)))) for person, values in table.groupby("person")[attribute]
    }
    return pd.DataFrame({"speaker": list(known), attribute: list(known.values())})


def _speakers_of(table: pd.DataFrame, members: Sequence[str]) -> list[str]:
    """The speakers of a fold whose ``members`` are speakers themselves or, where the table has them, persons."""
    if "person" not in table:
        return list(members)
    known = {person: sorted(speakers) for person, speakers in table.groupby("person")["speaker"]}
    return [speaker for person in members for speaker in known[person]]


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """A key that sorts numbers within names by their value; names alike but for leading zeros in the plain order."""
    parts = re.split("([0-9]+)", name)
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), name


def held_out(speakers: "pd.Series[Any]", fold: Sequence[str]) -> Mask:
    """Which utterances are of a fold's speakers, bool [utterances], from the speaker of each utterance."""
    return np.asarray(speakers.isin(list(fold)), dtype=np.bool_)
