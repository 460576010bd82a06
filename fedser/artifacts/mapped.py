"""Named arrays of one safetensors file as views of the file: read when touched, shared by all processes.

The format is 8 bytes with the header's length, the header as JSON, and the arrays one after the other. safetensors
itself checks the file and reads what was written beside the arrays, but hands out copies.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from fedser.errors import InputError

_TYPES: Mapping[str, Any] = {"I64": "<i8", "U8": "u1"}


def map_tensors(path: Path, what: str) -> tuple[Mapping[str, np.ndarray[Any, Any]], Mapping[str, Any]]:
    """Read-only int64 and uint8 arrays, and the header that ``write_tensors`` put beside them.

    Raises InputError, which calls the file ``what``, where it is not there, damaged, or another kind of file.
    """
    try:
        with safe_open(path, framework="np") as whole:
            header = json.loads(whole.metadata()["fedser"])
        content = np.asarray(np.memmap(path, np.uint8, "r"))
        start = 8 + int.from_bytes(content[:8].tobytes(), "little")
        entries: dict[str, Any] = json.loads(content[8:start].tobytes())
        arrays = {name: _view(content[start:], entry) for name, entry in entries.items() if name != "__metadata__"}
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a readable {what} ({error}); delete its folder and run again") from error
    return arrays, header


def _view(data: np.ndarray[Any, Any], entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    first, last = entry["data_offsets"]
    view: np.ndarray[Any, Any] = data[first:last].view(_TYPES[entry["dtype"]])
    return view.reshape(entry["shape"])
