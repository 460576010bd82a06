"""Log mel filterbanks (LMFB): the plainest picture of a sound, for models that read sequences.

As the audio-toxicity study of self-attentive networks takes them: 16 kHz, frames of 25 ms every 10 ms, a 512-point
spectrum, 40 triangular filters on its energy, and the logarithm. What it leaves open (window, pre-emphasis, range of
the filters) is Kaldi's default.
"""

from importlib.metadata import version
from typing import ClassVar, Literal

from fedser.features.extractor import AudioExtractor, Frames, Pooling, Signal, Vector
from fedser.features.fbank import SAMPLE_RATE, Fbank
from fedser.features.streaming import described

_FILTERS = 40


class Lmfb(AudioExtractor):
    """Log energies of 40 mel filters every 10 ms, as frames for sequence models or as their mean."""

    source: ClassVar[str] = "Povey et al. 2011 (Kaldi)"

    name: Literal["lmfb"] = "lmfb"
    pooling: Pooling = "none"

    @property
    def label(self) -> str:
        """``LMFB``, and how its frames are pooled."""
        return "LMFB" if self.framed else f"LMFB ({self.pooling})"

    @property
    def sample_rate(self) -> int:
        """16 kHz, in Hz."""
        return SAMPLE_RATE

    def version(self) -> str:
        """Package version, frames, filters and pooling."""
        package = f"kaldi-native-fbank {version('kaldi-native-fbank')}"
        return f"{package} lmfb: {_FILTERS} filters, 25 ms every 10 ms at {SAMPLE_RATE} Hz, pooling {self.pooling}"

    def names(self) -> tuple[str, ...]:
        """``lmfb0``, the lowest filter, to ``lmfb39``."""
        return tuple(f"lmfb{number}" for number in range(_FILTERS))

    def extract(self, signal: Signal, sample_rate: int) -> Vector | Frames:
        """The log energies of ``signal`` [samples], float32 [frames, 40] or [40]; none, or all NaN, below 25 ms."""
        self._refuse_other_rate(sample_rate)
        return described(Fbank(_FILTERS).stream(signal), _FILTERS, self.pooling)
