"""What is recognised: valence, or activation, in three classes, whatever a corpus says of its utterances.

Ratings are cut by the paper's bins (``bins.EDGES``). Where there are none, valence is the sentiment (MELD), and where
there is no sentiment either, the emotion, of which only those are taken that are plainly one or the other (ISEAR).
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.config import Frozen
from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.metrics.attribution import HIGH, LOW, MIDDLE
from fedser.metrics.recall import Ints
from simulations.text.bins import EDGES

CLASSES = ("low", "mid", "high")
UNKNOWN = -1
"""The label of what nobody said anything of."""

_SENTIMENTS = {"negative": LOW, "neutral": MIDDLE, "positive": HIGH}
_EMOTIONS = {"happy": HIGH, "excited": HIGH, "neutral": MIDDLE} | dict.fromkeys(
    ("sad", "angry", "frustrated", "fearful", "disgust", "shame", "guilt"), LOW
)


class TextTask(Frozen):
    """Which dimension, and where its classes end."""

    dimension: Literal["valence", "activation"] = "valence"
    edges: dict[str, tuple[float, float]] = Field(
        {}, description="by corpus, where low and mid end on its own scale; by default the paper's"
    )

    def labels(self, corpus: Corpus, reader: str) -> Ints:
        """The class of each utterance, int64 [utterances], UNKNOWN where nothing tells.

        ``reader`` is the kind of corpus, by which the paper's bins are known. Raises InputError where the corpus has
        ratings, and it is not known where to cut them.
        """
        rows = corpus.utterances
        if self.dimension in rows:
            return self._cut(rows[self.dimension], corpus.name, reader)
        if self.dimension == "valence" and "sentiment" in rows:
            return _named(rows["sentiment"], _SENTIMENTS)
        if self.dimension == "valence" and "emotion" in rows:
            return _named(rows["emotion"], _EMOTIONS)
        return np.full(len(rows), UNKNOWN, dtype=np.int64)

    def _cut(self, ratings: "pd.Series[float]", name: str, reader: str) -> Ints:
        edges = self.edges.get(name) or EDGES.get(reader)
        if edges is None:
            raise InputError(f"task.edges: where {self.dimension} of corpus {name} is cut is not known: give {name}")
        values = ratings.to_numpy(np.float64)
        # (low, middle], so that an edge belongs to the lower class (sec. 4.1)
        bins = np.searchsorted(np.array(edges), values, side="left")
        return np.where(np.isnan(values), UNKNOWN, bins).astype(np.int64)


def _named(values: "pd.Series[str]", names: Mapping[str, int]) -> Ints:
    found: Ints = values.map(names).fillna(UNKNOWN).to_numpy(np.int64)
    return found
