"""Functionals of hand-crafted acoustic descriptors, computed by openSMILE (whose licence is for research).

Eyben, Woellmer and Schuller 2010, "openSMILE: the Munich versatile and fast open-source audio feature extractor".
The sets: emobase (same paper), eGeMAPSv02 (Eyben et al. 2016, "The Geneva minimalistic acoustic parameter set") and
ComParE_2016 (Schuller et al. 2016, "The Interspeech 2016 computational paralinguistics challenge").
"""

import warnings
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar, Literal

import numpy as np

from fedser.features.extractor import AudioExtractor, Signal, Vector

_SAMPLE_RATE = 16000
_LARGEST = np.float32(32767 / 32768)


class OpenSmile(AudioExtractor):
    """openSMILE functionals of an utterance: emobase (988), eGeMAPSv02 (88) or ComParE_2016 (6373)."""

    source: ClassVar[str] = "Eyben et al. 2010 (openSMILE)"

    name: Literal["opensmile"] = "opensmile"
    feature_set: Literal["emobase", "eGeMAPSv02", "ComParE_2016"] = "emobase"

    @property
    def label(self) -> str:
        """The feature set."""
        return self.feature_set

    @property
    def sample_rate(self) -> int:
        """16 kHz, in Hz: at other rates the sets' spectral features mean something else."""
        return _SAMPLE_RATE

    def version(self) -> str:
        """Package version, feature set, level and rate."""
        return f"opensmile {version('opensmile')} {self.feature_set} functionals at {_SAMPLE_RATE} Hz"

    def names(self) -> tuple[str, ...]:
        """openSMILE's own names, such as ``F0env_sma_amean``."""
        return tuple(_smile(self.feature_set).feature_names)

    def extract(self, signal: Signal, sample_rate: int) -> Vector:
        """The functionals of ``signal`` [samples], float32 [dims]; all NaN below one analysis window."""
        self._refuse_other_rate(sample_rate)
        # openSMILE takes 16-bit samples, and a sample of 1.0 or more would wrap round to the other end of them.
        clipped = np.clip(signal, -1, _LARGEST)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Segment too short", UserWarning)  # the NaN say so
            features = _smile(self.feature_set)(clipped, sample_rate)
        return np.asarray(features, np.float32).reshape(-1)


@cache
def _smile(feature_set: str) -> Any:
    """The openSMILE object of this process: building it takes as long as ten utterances."""
    import opensmile

    level = opensmile.FeatureLevel.Functionals
    return opensmile.Smile(feature_set=opensmile.FeatureSet[feature_set], feature_level=level)
