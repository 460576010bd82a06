"""A checkpoint file in the official format, read without running anything that stands in it.

Such files are pickles of weights and settings beside what training left there (arguments, optimiser, scheduler). Only
plain values and tensors are made of them; an object of any other class becomes an empty placeholder.
"""

import pickle
import pickletools
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from fedser.errors import InputError, Problems
from fedser.features.weights import File

if TYPE_CHECKING:
    from torch import nn

_BEFORE_ZIP = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # how torch.save began its files before torch 1.6
_SHOWN = 3


class Part(BaseModel):
    """Settings in a checkpoint that decide the numbers; the others are left alone."""

    model_config = ConfigDict(frozen=True)


Settings = TypeVar("Settings", bound=Part)


class _Placeholder:
    """Stands for an object whose class is not ours to make."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint of the network ``kind`` (its name in messages) holds, by the keys of its outermost mapping."""

    path: Path
    kind: str
    content: Mapping[str, Any]

    def settings(self, model: type[Settings], *keys: str) -> Settings:
        """The settings under the first of ``keys`` that there is; raises InputError with all that do not fit."""
        try:
            return model.model_validate(self._under(keys))
        except ValidationError as error:
            problems = Problems()
            for mistake in error.errors():
                problems.add(f"{self.path}: {'.'.join(map(str, mistake['loc']))}", mistake["msg"])
            title = f"{self.path}: not a checkpoint of {self.kind}"
            problems.raise_if_any(InputError, title)
            raise

    def load(self, network: "nn.Module", key: str, more: bool = False) -> None:
        """Put the weights under ``key`` into ``network``; raises InputError unless all are there, and no ``more``."""
        try:
            missing, others = network.load_state_dict(self._weights(key), strict=False)
        except RuntimeError as error:
            raise InputError(f"{self.path}: not a checkpoint of {self.kind}: {error}") from error
        for names, problem in ((missing, "has no"), ([] if more else others, "has weights that it does not know:")):
            if names:
                rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
                shown = ", ".join(names[:_SHOWN])
                raise InputError(f"{self.path}: not a checkpoint of {self.kind}: {key} {problem} {shown}{rest}")

    def _weights(self, key: str) -> dict[str, Any]:
        # Layer normalisation had other names for its weights once, and files of that time are still in use.
        weights = self._under((key,))
        return {name.replace("gamma", "weight").replace("beta", "bias"): value for name, value in weights.items()}

    def _under(self, keys: tuple[str, ...]) -> Any:
        for key in keys:
            if isinstance(self.content.get(key), Mapping):
                return self.content[key]
        found = ", ".join(self.content) or "nothing"
        raise InputError(f"{self.path}: not a checkpoint of {self.kind}: no {' or '.join(keys)} in it, but {found}")


def read_checkpoint(file: File, kind: str) -> Checkpoint:
    """Read ``file``, its tensors only as they are used; raises InputError for what is no checkpoint."""
    import torch

    packed = zipfile.is_zipfile(file.path)
    if not packed and not _is_old(file.path):
        raise InputError(f"{file.path}: not written by torch.save, or cut short")
    unsafe = torch.serialization.get_unsafe_globals_in_checkpoint if packed else _old_globals
    try:
        names = unsafe(file.path)
        with torch.serialization.safe_globals([(_Placeholder, name) for name in names]):
            content = torch.load(file.path, map_location="cpu", weights_only=True, mmap=packed)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise InputError(f"{file.path}: cannot be read: {_reason(error)}") from error
    if not isinstance(content, Mapping):
        raise InputError(f"{file.path}: not a checkpoint of {kind}: holds a {type(content).__name__}, not a mapping")
    return Checkpoint(file.path, kind, {str(key): value for key, value in content.items()})


def _is_old(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_BEFORE_ZIP)) == _BEFORE_ZIP


def _old_globals(path: Path) -> list[str]:
    """What an older file refers to that is not torch's; its first four pickles tell all but the numbers."""
    with path.open("rb") as stream:
        steps = chain.from_iterable(pickletools.genops(stream) for _ in range(4))
        names = [str(name).replace(" ", ".") for step, name, _ in steps if step.name == "GLOBAL"]
    return [name for name in names if not name.startswith(("torch.", "collections."))]


def _reason(error: Exception) -> str:
    """What matters of torch's message, which is long."""
    called = re.search(r"GLOBAL ([\w.]+)", str(error))
    if called:
        return f"it would have {called[1]} called, and nothing in a checkpoint is run"
    return next(iter(str(error).splitlines()), type(error).__name__)
