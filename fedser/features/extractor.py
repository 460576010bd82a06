"""What every feature extractor is: a frozen value that turns one utterance into a vector or into frames of features."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from fedser.config import Plugin
from fedser.errors import InputError

Signal = np.ndarray[Any, np.dtype[np.float32]]
"""Mono audio [samples], 1.0 is full scale."""

Vector = np.ndarray[Any, np.dtype[np.float32]]
"""The features of one utterance [dims]."""

Frames = np.ndarray[Any, np.dtype[np.float32]]
"""The features of one utterance over time [frames, dims], or over the tokens of its text [tokens, dims]."""

Wanted = Literal["audio", "text"]
"""What of an utterance an extractor describes."""

Pooling = Literal["mean", "none"]
"""What becomes of an utterance's frames: their mean, one vector, or they stay frames (for sequence models)."""

OnBadInput = Literal["error", "drop"]
"""What becomes of an utterance that gives no features: the run is refused, or it is left out and recorded."""


class FeatureExtractor(Plugin):
    """A way to describe an utterance by a vector of fixed length, or by frames of fixed width.

    An instance travels to worker processes as its plain configuration; what is expensive to build (a model, a
    handle of a C library) is built on first use there and kept for the life of the process.
    """

    wants: ClassVar[Wanted]
    batch: ClassVar[int] = 1
    """How many utterances ``extract_batch`` wants at once, of about one length."""

    name: str
    on_bad_input: OnBadInput = "error"
    pooling: str = "mean"
    """What becomes of frames, where there are any; each extractor says what it takes."""

    @property
    @abstractmethod
    def label(self) -> str:
        """The features' name in tables and figures."""

    @abstractmethod
    def version(self) -> str:
        """All that decides the numbers, as text: packages, their versions, settings, the hash of any weights."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The name of each feature, in the order of the vector; no weights are read for it."""

    @property
    def framed(self) -> bool:
        """Whether an utterance is described by frames [frames, dims] and not by one vector [dims]."""
        return self.pooling == "none"

    def check(self) -> None:
        """Raise ConfigError or InputError for what cannot work here (missing weights), before any work is done."""

    def processes(self, workers: int) -> int:
        """How many of ``workers`` processes may extract at once; what holds a whole GPU wants one."""
        return workers


class AudioExtractor(FeatureExtractor):
    """An extractor that hears an utterance."""

    wants: ClassVar[Wanted] = "audio"

    @property
    @abstractmethod
    def sample_rate(self) -> int:
        """The rate of the signals that ``extract`` wants, in Hz."""

    @abstractmethod
    def extract(self, signal: Signal, sample_rate: int) -> Vector | Frames:
        """The features of ``signal`` [samples], float32 [dims] or [frames, dims].

        They are not finite, or there are no frames, where the signal is too short. Raises InputError for a
        ``sample_rate`` (in Hz) other than the wanted one.
        """

    def extract_batch(self, signals: Sequence[Signal], sample_rate: int) -> list[Vector] | list[Frames]:
        """``extract`` of each signal; no result may depend on the signals beside it (but for rounding)."""
        return [self.extract(signal, sample_rate) for signal in signals]

    def _refuse_other_rate(self, sample_rate: int) -> None:
        if sample_rate != self.sample_rate:
            raise InputError(f"{self.label}: wants signals of {self.sample_rate} Hz, got {sample_rate} Hz")


class TextExtractor(FeatureExtractor):
    """An extractor that reads an utterance's transcript."""

    wants: ClassVar[Wanted] = "text"

    @abstractmethod
    def extract(self, text: str) -> Vector | Frames:
        """The features of ``text``, float32 [dims] or [tokens, dims]."""

    def extract_batch(self, texts: Sequence[str]) -> list[Vector] | list[Frames]:
        """``extract`` of each text; no result may depend on the texts beside it (but for rounding)."""
        return [self.extract(text) for text in texts]


Extractor = AudioExtractor | TextExtractor
"""Any extractor that can be asked for features."""


def pooled(frames: Frames, pooling: Pooling) -> Vector | Frames:
    """``frames`` [frames, dims] as they are, or their mean over time [dims]: not finite where there are none."""
    if pooling == "none":
        return frames
    if not len(frames):
        return np.full(frames.shape[1], np.nan, np.float32)
    return np.asarray(frames.mean(axis=0, dtype=np.float64), np.float32)
