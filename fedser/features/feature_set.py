"""The features of a corpus: one row per utterance, memory-mapped."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fedser.errors import FedserError


@dataclass(frozen=True)
class FeatureSet:
    """``matrix`` is float32 [utterances, dims], in the order of ``utterances`` (ids); ``names`` has one entry per dim.

    ``provenance`` says by what it was made (extractor, its version, audio hashes' digest). ``dropped`` names the
    utterances that could not be used, each with its reason.
    """

    matrix: np.ndarray[Any, np.dtype[np.float32]]
    utterances: tuple[str, ...]
    names: tuple[str, ...]
    provenance: dict[str, str]
    dropped: dict[str, str]

    def __post_init__(self) -> None:
        if self.matrix.shape != (len(self.utterances), len(self.names)) or self.matrix.dtype != np.float32:
            raise FedserError(
                f"feature matrix {self.matrix.shape} {self.matrix.dtype} does not fit"
                f" {len(self.utterances)} utterances of {len(self.names)} float32 features"
            )

    def keep(self, table: pd.DataFrame) -> "pd.Series[bool]":
        """For a table of utterances: which of its rows have features."""
        return table["utterance"].isin(self.utterances)
