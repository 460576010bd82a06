"""Self-supervised encoders of speech: the hidden states of a transformer over a waveform, one per 20 ms.

Long audio: the time and memory of attention grow with the square of the length. An utterance longer than ``window``
seconds is cut into windows of about one length, which do not hear each other: an approximation. Frames are as many as
without windows, and their convolutions hear the same samples. At the default of 30 s a model of base size needs 1.4 GB.
"""

from collections.abc import Sequence
from itertools import chain, islice
from typing import ClassVar, Literal

from pydantic import Field

from fedser.features.encoders.checkpoint import Checkpoint
from fedser.features.encoders.forward import convolutions_of, hears_padding, hidden_states, preparation_of, prepared
from fedser.features.encoders.load import network_of
from fedser.features.encoders.pretrained import Pretrained
from fedser.features.encoders.windows import like_with_like
from fedser.features.extractor import AudioExtractor, Frames, Pooling, Signal, Vector
from fedser.features.layer import Layer, layer_number
from fedser.features.streaming import described


class SpeechEncoder(Pretrained, AudioExtractor):
    """An encoder of waveforms: the mean of a layer's hidden states over an utterance, or the states themselves.

    ``window`` (in seconds) bounds the memory: neither an utterance nor a batch is computed in longer parts at once.
    """

    batch: ClassVar[int] = 16
    preparation: ClassVar[tuple[str, ...]] = ("preprocessor_config.json", "processor_config.json")

    layer: Layer = "last"
    """``last``: what the encoder gives; 0: what its first layer is given; n: what its n-th layer gives."""
    pooling: Pooling = "mean"
    window: float = Field(default=30.0, ge=1)

    @property
    def label(self) -> str:
        """The model, and what differs from the mean of its last layer."""
        layer = "" if self.layer == "last" else f" layer {self.layer}"
        return f"{super().label}{layer}{' frames' if self.framed else ''}"

    @property
    def sample_rate(self) -> int:
        """The rate that the model was trained at, in Hz: mostly 16000."""
        return int(preparation_of(self.checkpoint().folder).get("sampling_rate", 16000))

    def settings(self) -> str:
        """Layer, pooling and window."""
        return f"layer {self.layer}, pooling {self.pooling}, window {self.window:g} s"

    def checkpoint(self) -> Checkpoint:
        """The model's files; raises ConfigError also for a ``layer`` that it has not."""
        checkpoint = super().checkpoint()
        layer_number(self.layer, int(checkpoint.setting("num_hidden_layers")) + 1, self.model)
        return checkpoint

    def extract(self, signal: Signal, sample_rate: int) -> Vector | Frames:
        """The mean [dims] of the hidden states of ``signal`` [samples], or the states [frames, dims].

        NaN, or no frames, below the 25 ms that a frame hears. Raises InputError for another ``sample_rate`` (in Hz).
        """
        return self.extract_batch([signal], sample_rate)[0]

    def extract_batch(self, signals: Sequence[Signal], sample_rate: int) -> list[Vector] | list[Frames]:
        """As ``extract``, padded and masked where the model allows this without a difference beyond rounding."""
        self._refuse_other_rate(sample_rate)
        checkpoint = self.checkpoint()
        windows = [self._windows(checkpoint, signal) for signal in signals]
        states = iter(self._states(checkpoint, list(chain.from_iterable(windows))))
        dims = self.dims(checkpoint)
        return [described(islice(states, len(each)), dims, self.pooling) for each in windows]

    def _windows(self, checkpoint: Checkpoint, signal: Signal) -> list[Signal]:
        """The parts of ``signal`` that do not hear each other, prepared for the model; none below one frame."""
        convolutions = convolutions_of(checkpoint)
        if not convolutions.frames(len(signal)):
            return []
        return convolutions.windows(prepared(checkpoint, signal, self.sample_rate), self._longest)

    def _states(self, checkpoint: Checkpoint, windows: Sequence[Signal]) -> list[Frames]:
        """The hidden states of each window, in their order."""
        found: dict[int, Frames] = {}
        for group in like_with_like([len(window) for window in windows], self._longest, hears_padding(checkpoint)):
            network = network_of(checkpoint, self.torch_device(), self._depth)
            together = [windows[index] for index in group]
            found |= zip(group, hidden_states(network, convolutions_of(checkpoint), together, self.layer), strict=True)
        return [found[index] for index in range(len(windows))]

    @property
    def _depth(self) -> int | None:
        """How many layers must be computed; None for all. What the first layer is given is seen where it is run."""
        return None if self.layer == "last" else max(1, self.layer)

    @property
    def _longest(self) -> int:
        """How many samples are computed at once."""
        return round(self.window * self.sample_rate)


class Wav2Vec2(SpeechEncoder):
    """wav2vec 2.0 (base 768): a transformer that tells masked speech from other; weights from a folder or the hub."""

    source: ClassVar[str] = "Baevski et al. 2020 (wav2vec 2.0)"

    name: Literal["wav2vec2"] = "wav2vec2"
    model: str = "facebook/wav2vec2-base"


class Hubert(SpeechEncoder):
    """HuBERT (base 768): a transformer that predicts clusters of masked speech; weights from a folder or the hub."""

    source: ClassVar[str] = "Hsu et al. 2021 (HuBERT)"

    name: Literal["hubert"] = "hubert"
    model: str = "facebook/hubert-base-ls960"


class WavLM(SpeechEncoder):
    """WavLM (base 768): HuBERT on noisy and overlapping speech; weights from a folder or the hub."""

    source: ClassVar[str] = "Chen et al. 2022 (WavLM)"

    name: Literal["wavlm"] = "wavlm"
    model: str = "microsoft/wavlm-base"
