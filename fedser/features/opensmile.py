"""Hand-crafted acoustic descriptors, computed by openSMILE (whose licence is for research).

Eyben, Woellmer and Schuller 2010, "openSMILE: the Munich versatile and fast open-source audio feature extractor".
The sets: emobase (same paper); GeMAPS and eGeMAPS (Eyben et al. 2016, "The Geneva minimalistic acoustic parameter
set"); those of the Interspeech challenges of 2009 to 2013 and 2016, IS09 to IS13 and ComParE_2016 (Schuller et al., in
the proceedings of these years).
"""

from importlib.metadata import version
from typing import ClassVar, Literal, Self, get_args

from pydantic import model_validator

from fedser.features.extractor import AudioExtractor, Frames, Pooling, Signal, Vector, pooled
from fedser.features.smile import describe, element_names

_SAMPLE_RATE = 16000

SetName = Literal[
    "emobase",
    "eGeMAPSv02",
    "eGeMAPSv01b",
    "eGeMAPSv01a",
    "eGeMAPS",
    "GeMAPSv01b",
    "GeMAPSv01a",
    "GeMAPS",
    "IS09",
    "IS10",
    "IS11",
    "IS12",
    "IS13",
    "ComParE_2016",
]
"""Every set of the toolkit. eGeMAPS and GeMAPS are its older names of their v01a, which later versions supersede."""

Level = Literal["Functionals", "LowLevelDescriptors", "LowLevelDescriptors_Deltas"]
"""One vector of statistics of an utterance; or what they are of, each 10 ms; or the change of that."""

_SHORT = {"LowLevelDescriptors": "LLD", "LowLevelDescriptors_Deltas": "LLD deltas"}


class OpenSmile(AudioExtractor):
    """openSMILE: functionals (emobase 988, eGeMAPSv02 88, ComParE_2016 6373, ...) or low-level descriptors."""

    source: ClassVar[str] = "Eyben et al. 2010 (openSMILE)"

    name: Literal["opensmile"] = "opensmile"
    feature_set: SetName = "emobase"
    level: Level = "Functionals"
    pooling: Pooling = "mean"
    """What becomes of the frames of low-level descriptors; functionals have none."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.level == "Functionals" and self.pooling == "none":
            frames = "LowLevelDescriptors or LowLevelDescriptors_Deltas"
            raise ValueError(f"pooling: functionals are one vector, without frames (choose 'mean', or level: {frames})")
        if self.level == "LowLevelDescriptors_Deltas" and "GeMAPS" in self.feature_set:
            others = ", ".join(name for name in get_args(SetName) if "GeMAPS" not in name)
            raise ValueError(f"level: {self.feature_set} has no deltas (sets that have them: {others})")
        return self

    @property
    def label(self) -> str:
        """The feature set, and the level unless it is functionals."""
        words = (self.feature_set, _SHORT.get(self.level, ""), "frames" if self.framed else "")
        return " ".join(filter(None, words))

    @property
    def sample_rate(self) -> int:
        """16 kHz, in Hz: at other rates the sets' spectral features mean something else."""
        return _SAMPLE_RATE

    def version(self) -> str:
        """Package version, feature set, level, what becomes of frames, and rate."""
        level = "functionals" if self.level == "Functionals" else f"{self.level}, pooling {self.pooling},"
        return f"opensmile {version('opensmile')} {self.feature_set} {level} at {_SAMPLE_RATE} Hz"

    def names(self) -> tuple[str, ...]:
        """openSMILE's own names, such as ``F0env_sma_amean``."""
        return element_names(self.feature_set, self.level, _SAMPLE_RATE)

    def extract(self, signal: Signal, sample_rate: int) -> Vector | Frames:
        """The functionals of ``signal`` [samples], float32 [dims], or its descriptors, their mean or [frames, dims].

        Below one analysis window all are NaN, and there are no frames.
        """
        self._refuse_other_rate(sample_rate)
        frames = describe(signal, self.feature_set, self.level, sample_rate)
        if self.level == "Functionals" and len(frames):
            vector: Vector = frames[0]  # bit for bit: a mean would lose the sign of a zero
            return vector
        return pooled(frames, self.pooling)
