"""What every feature extractor is: a frozen value that turns one signal into one vector of features."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from fedser.config import Plugin

Signal = np.ndarray[Any, np.dtype[np.float32]]
"""Mono audio [samples], 1.0 is full scale."""

Vector = np.ndarray[Any, np.dtype[np.float32]]
"""The features of one utterance [dims]."""

OnBadAudio = Literal["error", "drop"]
"""What becomes of audio that gives no features: the run is refused, or the utterance is left out and recorded."""


class FeatureExtractor(Plugin):
    """A way to describe an utterance by a vector of fixed length.

    An instance travels to worker processes as its plain configuration; what is expensive to build (a model, a
    handle of a C library) is built on first use there and kept for the life of the process.
    """

    batch: ClassVar[int] = 1
    """How many signals ``extract_batch`` wants at once."""

    name: str
    on_bad_audio: OnBadAudio = "error"

    @property
    @abstractmethod
    def label(self) -> str:
        """The features' name in tables and figures."""

    @property
    @abstractmethod
    def sample_rate(self) -> int:
        """The rate of the signals that ``extract`` wants, in Hz."""

    @abstractmethod
    def version(self) -> str:
        """All that decides the numbers, as text: package, its version, settings; names what is in the cache."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The name of each feature, in the order of the vector."""

    @abstractmethod
    def extract(self, signal: Signal, sample_rate: int) -> Vector:
        """The features of ``signal`` [samples], float32 [dims]; not finite where the signal is too short.

        Raises InputError for a ``sample_rate`` (in Hz) other than the wanted one.
        """

    def extract_batch(self, signals: Sequence[Signal], sample_rate: int) -> list[Vector]:
        """``extract`` of each signal; no result may depend on the signals beside it."""
        return [self.extract(signal, sample_rate) for signal in signals]

    def processes(self, workers: int) -> int:
        """How many of ``workers`` processes may extract at once; what holds a whole GPU wants one."""
        return workers
