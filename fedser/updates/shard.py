"""A round on disk, or one part of it: a safetensors file, written whole or not at all, read array by array.

Tensors are named ``<client>/<parameter>`` and ``broadcast/<parameter>``; the broadcast model is in the first part only.
In float16 each array is divided by its largest magnitude first, and parameters are kept as differences to the broadcast
model: half precision of a weight would round away the update itself. Where reductions are captured in place of updates,
each of their arrays is one tensor [updates, ...], and no model is kept, since they have been given it.
Of a group of clients the name stands in the place of a client's, and the header has its ``members``.
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open

from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError
from fedser.updates.capture import Capture
from fedser.updates.halves import halve, restore
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.round_files import part_path
from fedser.updates.update import Array, Arrays, Round

BROADCAST = "broadcast"
_REDUCTIONS: TypeAdapter[tuple[ReductionConfig, ...]] = TypeAdapter(tuple[ReductionConfig, ...])


def write_updates(folder: Path, seen: Round, capture: Capture, public: PublicParameters) -> None:
    """Write what ``capture`` keeps of one part; a full disk raises CaptureError and leaves earlier rounds readable."""
    half = capture.precision == "float16"
    difference = half and public.sends == "parameters"
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    scales: dict[str, float] = {}
    if seen.part == 0:
        tensors |= {f"{BROADCAST}/{name}": array for name, array in seen.broadcast.items()}
    for update in seen.updates:
        for name in filter(capture.keeps, update.arrays):
            key, array = f"{update.client}/{name}", update.arrays[name]
            if half:
                tensors[key], scales[key] = halve(array - seen.broadcast[name] if difference else array)
            else:
                tensors[key] = array
    _write(folder, seen, tensors, {"scales": scales, "difference": difference})


def write_reductions(
    folder: Path, seen: Round, reductions: tuple[ReductionConfig, ...], public: PublicParameters
) -> None:
    """Write what ``reductions`` make of one part's updates, in place of these; raises as ``write_updates`` does."""
    tensors = {
        f"{reduction.key}/{name}": table
        for reduction in reductions
        for name, table in reduction.table(seen.updates, seen.broadcast, public).items()
    }
    _write(folder, seen, tensors, {"reductions": [reduction.model_dump(mode="json") for reduction in reductions]})


def _write(folder: Path, seen: Round, tensors: Mapping[str, np.ndarray[Any, Any]], more: Mapping[str, Any]) -> None:
    header = {"round": seen.number, "examples": {update.client: update.examples for update in seen.updates}, **more}
    if members := {update.client: update.members for update in seen.updates if update.members}:
        header["members"] = members
    write_tensors(part_path(folder, seen.number, seen.part, seen.parts), tensors, header, "round")


class Share(NamedTuple):
    """The name of the update that a client has a part in, its own or its group's, and its n_k: in a group, the mean."""

    update: str
    examples: int


class Shard:
    """A finished round, or part of one: which clients sent, and lazily what.

    ``examples`` is by update, in the order of their tensors: of a client, or of a group of clients.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: Any = safe_open(path, framework="np")
            header = json.loads(self._file.metadata()["fedser"])
            # Read as JSON, in which a setting of several values is a list, and not as Python, in which it is a tuple.
            self.reductions = _REDUCTIONS.validate_json(json.dumps(header.get("reductions", ())))
            self.number: int = header["round"]
            self.examples: Mapping[str, int] = header["examples"]
            self._members: Mapping[str, list[str]] = header.get("members", {})
        except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
            raise CaptureError(
                f"{path}: not a readable round of updates ({error}); delete {path.parent.parent} and run again"
            ) from error
        self._scales: Mapping[str, float] = header.get("scales", {})
        self._difference: bool = header.get("difference", False)
        self._keys = frozenset(self._file.keys())

    def members(self, update: str) -> tuple[str, ...]:
        """The clients of a group, sorted; none where the update is one client's own."""
        return tuple(self._members.get(update, ()))

    @cached_property
    def clients(self) -> Mapping[str, Share]:
        """Every client, in sorted order, and its share in what was captured."""
        if not self._members:
            return {client: Share(client, examples) for client, examples in self.examples.items()}
        means = {name: round(self.examples[name] / len(own)) for name, own in self._members.items()}
        return dict(sorted((one, Share(name, means[name])) for name, own in self._members.items() for one in own))

    def broadcast(self, name: str) -> Array:
        """A parameter of the model that was sent out in this round, float32; raises CaptureError where none is kept."""
        key = f"{BROADCAST}/{name}"
        if key not in self._keys:
            raise CaptureError(f"{self.path}: the broadcast model was not captured")
        array: Array = self._file.get_tensor(key)
        return array

    def arrays(self, update: str, names: tuple[str, ...], broadcast: Callable[[str], Array]) -> Arrays:
        """What the update of that name holds, float32; only the parameters that were captured.

        ``broadcast`` gives the model's parameters, which may lie in another part.
        """
        return {name: self._array(update, name, broadcast) for name in names if f"{update}/{name}" in self._keys}

    def captured(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``names`` that were written of every update."""
        return tuple(name for name in names if all(f"{update}/{name}" in self._keys for update in self.examples))

    def reduced(self, reduction: ReductionConfig, names: tuple[str, ...]) -> Arrays:
        """The arrays ``names`` of ``reduction``, float32 [updates, ...]; it must be among ``reductions``."""
        return {name: self._file.get_tensor(f"{reduction.key}/{name}") for name in names}

    def _array(self, update: str, name: str, broadcast: Callable[[str], Array]) -> Array:
        key = f"{update}/{name}"
        stored: Any = self._file.get_tensor(key)
        array: Array = restore(stored, self._scales[key]) if key in self._scales else stored
        if self._difference:
            array += broadcast(name)
        return array
