"""What every encoder with weights of others has: where they lie, what they must be, and where they compute."""

from abc import abstractmethod
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from fedser.devices import Device, resolve
from fedser.errors import ConfigError, FedserError, InputError, Problems
from fedser.features.encoders.checkpoint import Checkpoint
from fedser.features.encoders.place import KEY, place_of
from fedser.features.extractor import FeatureExtractor

_DEVICE = "features.device"

_EXTRACTORS: Mapping[str, str] = {
    "wav2vec2": "wav2vec2",
    "hubert": "hubert",
    "wavlm": "wavlm",
    "bert": "text_encoder",
    "distilbert": "text_encoder",
    "roberta": "text_encoder",
}
"""By ``model_type`` of a model's config.json: the name of the extractor that reads it."""


class Pretrained(FeatureExtractor):
    """An encoder whose weights lie in a folder, as ``save_pretrained`` writes it, or come from the Hugging Face hub.

    A name on the hub is looked for in the hub's local cache alone, unless ``download`` is true.
    """

    preparation: ClassVar[tuple[str, ...]]
    """The files, of which one is enough, that say how input is prepared for the model."""

    model: str
    download: bool = False
    device: Device = "auto"

    @property
    def label(self) -> str:
        """The model's name: the last part of its folder or of its name on the hub."""
        return self.model.rstrip("/").rpartition("/")[2]

    def version(self) -> str:
        """Package versions, the settings, and the hash of the weights and of what else the model's folder decides.

        Raises InputError where the weights are missing.
        """
        # Builds of one version of torch (CPU, CUDA) differ by rounding alone.
        packages = f"transformers {version('transformers')}, torch {version('torch').partition('+')[0]}"
        return f"{self.name} {self.checkpoint().digest()} {self.settings()}, {packages}"

    @abstractmethod
    def settings(self) -> str:
        """The settings that decide the numbers, as text."""

    def names(self) -> tuple[str, ...]:
        """``wav2vec2_0``, ``wav2vec2_1``, ...: the dimensions of a hidden state have no names of their own."""
        return tuple(f"{self.name}_{index}" for index in range(self.dims(self.checkpoint())))

    @staticmethod
    def dims(checkpoint: Checkpoint) -> int:
        """The width of a hidden state."""
        return int(checkpoint.setting("dim" if checkpoint.kind == "distilbert" else "hidden_size"))

    def check(self) -> None:
        """Refuse a model that is not here or is of another kind, and a device that this machine has not."""
        problems = Problems()
        with problems.collect(FedserError):
            self.checkpoint()
        with problems.collect(ConfigError):
            resolve(self.device, _DEVICE)
        problems.raise_if_any(InputError)

    def processes(self, workers: int) -> int:
        """One on a GPU, which a single process keeps busy; as many as there are workers on a CPU."""
        return 1 if resolve(self.device, _DEVICE).type == "cuda" else workers

    def folder(self) -> Path:
        """Where the model lies; raises InputError where it is not here."""
        return place_of(self.model, self.download)

    def checkpoint(self) -> Checkpoint:
        """The model's files; raises InputError where they are missing or those of another kind of model."""
        checkpoint = Checkpoint.of(self.folder(), self.preparation)
        kind = checkpoint.kind
        good = [other for other, name in _EXTRACTORS.items() if name == self.name]
        if kind in good:
            return checkpoint
        fix = f"say name: {_EXTRACTORS[kind]}" if kind in _EXTRACTORS else f"choose from {', '.join(good)}"
        raise InputError(f"{KEY}: {self.model} holds a model of type {kind}, not for name: {self.name} ({fix})")

    def torch_device(self) -> str:
        """The device's name for torch."""
        return str(resolve(self.device, _DEVICE))
