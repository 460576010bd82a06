"""The filterbanks with changes over time that some of TERA's checkpoints were trained on."""

from typing import Literal

from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.fbank import Fbank
from fedser.features.s3prl.checkpoint import Part
from fedser.features.s3prl.networks.frontend import filterbanks, normalised, with_deltas


class _Filterbank(Part, extra="forbid"):
    num_mel_bins: int
    frame_length: float = 25.0
    frame_shift: float = 10.0
    use_log_fbank: Literal[True] = True


class _Kaldi(Part, extra="forbid"):
    feat_type: Literal["fbank"] = "fbank"
    fbank: _Filterbank


class _Delta(Part, extra="forbid"):
    order: int = 2
    win_length: int = 5


class _Cmvn(Part, extra="forbid"):
    use_cmvn: bool


class KaldiAudio(Part):
    """The ``audio`` settings of TERA's filterbank checkpoints; lengths are in milliseconds."""

    kaldi: _Kaldi
    delta: _Delta = _Delta()
    cmvn: _Cmvn

    @property
    def features(self) -> int:
        """How many features a frame has."""
        return self.kaldi.fbank.num_mel_bins * (1 + self.delta.order)

    def inputs(self, signal: Signal) -> Tensor:
        """Filterbanks and their changes, [frames, features]."""
        fbank = self.kaldi.fbank
        settings = Fbank(fbank.num_mel_bins, "povey", fbank.frame_length, fbank.frame_shift)
        frames = with_deltas(filterbanks(signal, settings), self.delta.order, self.delta.win_length)
        return normalised(frames) if self.cmvn.use_cmvn else frames
