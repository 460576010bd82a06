"""What the encoders of s3prl have in common: a checkpoint file, a layer of hidden states, and how it is pooled."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from pydantic import Field

from fedser.devices import Device, one_thread, resolve
from fedser.errors import ConfigError, FedserError, InputError, Problems
from fedser.features.extractor import AudioExtractor, Frames, Pooling, Signal, Vector
from fedser.features.fbank import SAMPLE_RATE
from fedser.features.layer import Layer, layer_number
from fedser.features.s3prl.checkpoint import read_checkpoint
from fedser.features.streaming import described
from fedser.features.weights import File

if TYPE_CHECKING:
    import torch

    from fedser.features.s3prl.networks.network import Network, Shape

_KEY = "features.checkpoint"


class Official(NamedTuple):
    """Where the authors' weights are to be had."""

    file: str
    address: str


class Upstream(AudioExtractor):
    """Hidden states of a pretrained network, read from ``checkpoint``; nothing is ever downloaded."""

    official: ClassVar[Official]
    title: ClassVar[str]
    """The network's name in messages, tables and figures."""

    checkpoint: str | None = None
    """The checkpoint file, absolute or relative to the working directory."""
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    """What the file's hash has to be; None takes any file."""
    layer: Layer = "last"
    """The last hidden state, or one before it, numbered as s3prl's ``hidden_states`` are."""
    pooling: Pooling = "mean"
    device: Device = "auto"

    @staticmethod
    @abstractmethod
    def network() -> "type[Network]":
        """The class of the network, imported on first use."""

    @property
    def label(self) -> str:
        """The network, and what differs from the mean of the last hidden state."""
        layer = "" if self.layer == "last" else f" layer {self.layer}"
        return f"{self.title}{layer}{' frames' if self.framed else ''}"

    @property
    def sample_rate(self) -> int:
        """16 kHz, in Hz."""
        return SAMPLE_RATE

    def version(self) -> str:
        """Packages, network, layer, pooling, and the hash of the checkpoint."""
        # Builds of one version of torch (CPU, CUDA) differ by rounding alone.
        packages = (f"{name} {version(name).partition('+')[0]}" for name in ("s3prl", "kaldi-native-fbank", "torch"))
        layer, hashed = self._layer(), self._file().sha256()
        return f"{self.name} {hashed} layer {layer}, pooling {self.pooling}, {', '.join(packages)}"

    def names(self) -> tuple[str, ...]:
        """``apc_0``, ``apc_1``, ...: as many as the settings in the checkpoint say (its weights are not read)."""
        self._layer()
        return tuple(f"{self.name}_{number}" for number in range(self._shape().dims))

    def check(self) -> None:
        """Raise InputError for a missing or wrong checkpoint, hash, layer or device."""
        import torch

        problems = Problems()
        with problems.collect(ConfigError):
            self._device()
        with problems.collect(FedserError):
            self._layer()
            # Not kept: this process may be one that leaves the work to others.
            self.network()(read_checkpoint(self._file(), self.title), torch.device("cpu"))
        problems.raise_if_any(InputError)

    def processes(self, workers: int) -> int:
        """All workers on a CPU; one on a GPU."""
        return 1 if self._device().type == "cuda" else workers

    def extract(self, signal: Signal, sample_rate: int) -> Vector | Frames:
        """The hidden states of ``signal`` [samples], float32 [dims] or [frames, dims]; NaN or none below two frames."""
        return self.extract_batch([signal], sample_rate)[0]

    def extract_batch(self, signals: Sequence[Signal], sample_rate: int) -> list[Vector] | list[Frames]:
        """As ``extract``, together where the network allows this without a difference beyond rounding."""
        self._refuse_other_rate(sample_rate)
        import torch

        network, layer, dims = self._network(), self._layer(), self._shape().dims
        with one_thread(), torch.inference_mode():
            return [described(parts, dims, self.pooling) for parts in network.each(signals, layer)]

    def _file(self) -> File:
        """The checkpoint file, with the hash that it should have."""
        if self.checkpoint is None:
            raise ConfigError(f"{_KEY}: not set; {self._advice()}")
        path = Path(self.checkpoint).expanduser()
        if not path.is_file():
            raise InputError(f"{_KEY}: no such file: {path}; {self._advice()}")
        file = File.at(path.resolve())
        if self.sha256 is not None and file.sha256() != self.sha256:
            raise InputError(f"{path}: its SHA-256 is {file.sha256()}, not {self.sha256} (features.sha256)")
        return file

    def _advice(self) -> str:
        return (
            f"download the official weights of {self.title}, {self.official.file}, from {self.official.address}"
            f" and give their path: --set {_KEY}={self.official.file}"
        )

    def _shape(self) -> "Shape":
        return _shape(self.network(), self.title, self._file())

    def _layer(self) -> int:
        return layer_number(self.layer, self._shape().layers, self.title)

    def _device(self) -> "torch.device":
        return resolve(self.device, "features.device")

    def _network(self) -> "Network":
        return _network(self.network(), self.title, self._file(), self._device())


@cache
def _shape(network: "type[Network]", title: str, file: File) -> "Shape":
    return network.shape(read_checkpoint(file, title))


@cache
def _network(network: "type[Network]", title: str, file: File, device: "torch.device") -> "Network":
    """The network of this process, its weights on ``device``."""
    return network(read_checkpoint(file, title), device)
