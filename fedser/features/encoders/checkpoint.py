"""The files of a pretrained model, as ``save_pretrained`` of transformers lays them out in one folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedser.artifacts.files import value_hash
from fedser.errors import InputError, Problems
from fedser.features.encoders.place import weights_of
from fedser.features.weights import File

_SETTINGS = (
    "config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
"""Beside the weights, all that may decide a model's numbers."""


@dataclass(frozen=True)
class Checkpoint:
    """A model's folder, complete: ``config.json`` (read into ``config``), its weights, and what prepares its input."""

    folder: Path
    config: Mapping[str, Any] = field(hash=False)

    @classmethod
    def of(cls, folder: Path, preparation: tuple[str, ...]) -> "Checkpoint":
        """The model in ``folder``, which must have one of the ``preparation`` files.

        Raises InputError with all that is missing, or for a ``config.json`` that is not one of a model.
        """
        problems = Problems()
        for names in (("config.json",), preparation):
            if not any((folder / name).is_file() for name in names):
                problems.add(folder, f"no {' or '.join(names)}")
        if not weights_of(folder):
            problems.add(folder, "no model.safetensors or pytorch_model.bin")
        problems.raise_if_any(InputError)
        return cls(folder, read_json(folder / "config.json"))

    @property
    def kind(self) -> str:
        """What model this is, in the words of transformers: ``wav2vec2``, ``bert``, ..."""
        return str(self.setting("model_type"))

    def setting(self, key: str) -> Any:
        """What ``config.json`` says of ``key``; raises InputError where it says nothing."""
        if key not in self.config:
            raise InputError(f"{self.folder / 'config.json'}: no {key}, which `save_pretrained` writes")
        return self.config[key]

    @property
    def safe(self) -> bool:
        """Whether the weights are safetensors."""
        return weights_of(self.folder)[0].suffix == ".safetensors"

    def digest(self) -> str:
        """A hash of the content of all files that decide the model's numbers."""
        files = [path for path in (self.folder / name for name in _SETTINGS) if path.is_file()]
        return value_hash({path.name: File.at(path).sha256() for path in (*files, *weights_of(self.folder))})


def read_json(path: Path) -> dict[str, Any]:
    """The mapping in a JSON file; raises InputError for a missing or damaged one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except ValueError as error:
        raise InputError(f"{path}: not readable as JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: should be a mapping, got a {type(value).__name__}")
    return value
