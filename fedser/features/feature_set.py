"""The features of a corpus: one row per utterance, or some frames, memory-mapped."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fedser.errors import FedserError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FeatureSet:
    """``rows`` is float32 [rows, dims], in the order of ``utterances`` (ids); ``names`` has one entry per dim.

    An utterance has one row, or, where there are ``offsets`` [utterances + 1], its frames: the rows from its offset to
    the next. ``provenance`` says by what it was made (extractor, its version, digest of the contents' hashes).
    ``dropped`` names the utterances that could not be used, each with its reason.
    """

    rows: np.ndarray[Any, np.dtype[np.float32]]
    utterances: tuple[str, ...]
    names: tuple[str, ...]
    provenance: dict[str, str]
    dropped: dict[str, str]
    offsets: np.ndarray[Any, np.dtype[np.int64]] | None = None

    def __post_init__(self) -> None:
        count = len(self.utterances) if self.offsets is None else int(self.offsets[-1])
        entries = len(self.utterances) + 1 if self.offsets is None else len(self.offsets)
        if self.rows.shape != (count, len(self.names)) or self.rows.dtype != np.float32:
            raise FedserError(
                f"feature rows {self.rows.shape} {self.rows.dtype} do not fit"
                f" {len(self.utterances)} utterances of {len(self.names)} float32 features"
            )
        if entries != len(self.utterances) + 1:
            raise FedserError(f"{entries} offsets do not fit {len(self.utterances)} utterances")

    @property
    def framed(self) -> bool:
        """Whether an utterance has frames, and not one vector."""
        return self.offsets is not None

    @property
    def matrix(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The vectors, float32 [utterances, dims]; raises FedserError where utterances have frames."""
        if self.framed:
            raise FedserError("features are frames, of which each utterance has another number, and not a matrix")
        return self.rows

    def frames(self, index: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The frames of an utterance, float32 [frames, dims]: a vector is one frame."""
        start, end = (index, index + 1) if self.offsets is None else self.offsets[index : index + 2]
        return self.rows[start:end]

    def keep(self, table: "pd.DataFrame") -> "pd.Series[bool]":
        """For a table of utterances: which of its rows have features."""
        return table["utterance"].isin(self.utterances)
