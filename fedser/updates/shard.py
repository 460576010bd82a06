"""One round on disk: a safetensors file, written whole or not at all, read array by array.

Tensors are named ``<client>/<parameter>`` and ``broadcast/<parameter>``. In float16 each array is divided by its
largest magnitude first, and parameters are kept as differences to the broadcast model: half precision of a weight
would round away the update itself.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError, safe_open

from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError
from fedser.updates.update import Array, Arrays, Round, Update

BROADCAST = "broadcast"
Precision = Literal["float32", "float16"]


def shard_path(folder: Path, number: int) -> Path:
    """The file of round ``number`` (counted from 1)."""
    return folder / f"round-{number:06d}.safetensors"


def write_shard(folder: Path, seen: Round, precision: Precision, difference: bool) -> None:
    """Write one round; a full disk raises CaptureError and leaves every earlier round readable.

    ``difference`` says that the arrays are parameters, which float16 keeps relative to the broadcast.
    """
    tensors: dict[str, np.ndarray[Any, Any]] = {
        f"{BROADCAST}/{k}": np.ascontiguousarray(v) for k, v in seen.broadcast.items()
    }
    scales: dict[str, float] = {}
    for update in seen.updates:
        for name, array in update.arrays.items():
            key = f"{update.client}/{name}"
            if precision == "float16":
                array = array - seen.broadcast[name] if difference else array
                tensors[key], scales[key] = _halve(array)
            else:
                tensors[key] = np.ascontiguousarray(array)
    header = {
        "round": seen.number,
        "examples": {update.client: update.examples for update in seen.updates},
        "scales": scales,
        "difference": difference and precision == "float16",
    }
    write_tensors(shard_path(folder, seen.number), tensors, header, "round")


class Shard:
    """A finished round: which clients sent, and lazily what."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: Any = safe_open(path, framework="np")
            header = json.loads(self._file.metadata()["fedser"])
        except (SafetensorError, TypeError, KeyError, ValueError) as error:
            raise CaptureError(
                f"{path}: not a readable round of updates ({error}); delete {path.parent.parent} and run again"
            ) from error
        self.number: int = header["round"]
        self.examples: Mapping[str, int] = header["examples"]
        self._scales: Mapping[str, float] = header["scales"]
        self._difference: bool = header["difference"]
        self._keys = frozenset(self._file.keys())

    def broadcast(self, names: tuple[str, ...]) -> Arrays:
        """The model that was sent out in this round, float32."""
        return {name: self._file.get_tensor(f"{BROADCAST}/{name}") for name in names}

    def arrays(self, client: str, names: tuple[str, ...]) -> Arrays:
        """What ``client`` sent, float32; only the parameters that were captured."""
        return {name: self._array(client, name) for name in names if f"{client}/{name}" in self._keys}

    def captured(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``names`` that were written of every client."""
        return tuple(name for name in names if all(f"{client}/{name}" in self._keys for client in self.examples))

    def round(self, names: tuple[str, ...]) -> Round:
        """The whole round, in memory."""
        updates = (Update(self.number, c, n, self.arrays(c, names)) for c, n in self.examples.items())
        return Round(self.number, self.broadcast(names), tuple(updates))

    def _array(self, client: str, name: str) -> Array:
        key = f"{client}/{name}"
        stored: Array = self._file.get_tensor(key)
        if stored.dtype == np.float32:
            return stored
        array: Array = stored.astype(np.float32) * np.float32(self._scales[key])
        if not self._difference:
            return array
        broadcast: Array = self._file.get_tensor(f"{BROADCAST}/{name}")
        return array + broadcast


def _halve(array: Array) -> tuple[np.ndarray[Any, np.dtype[np.float16]], float]:
    scale = float(np.abs(array).max(initial=0.0)) or 1.0
    return np.ascontiguousarray(array / np.float32(scale)).astype(np.float16), scale
