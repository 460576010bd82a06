"""One exported part of a round, read and held beside what ``public.json`` says; arrays are never unpickled."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fedser.errors import CaptureError, Problems
from fedser.updates.exchange.layouts import ByName
from fedser.updates.public import PublicParameters
from fedser.updates.update import Array, Arrays, Round, Update


def read_part(path: Path, layout: ByName, public: PublicParameters, model: dict[str, Arrays]) -> Round:
    """The part whose JSON is ``path``; ``model`` carries the round's broadcast model from its first part to the others.

    Raises CaptureError with all that is wrong in it.
    """
    header, written = read_header(path), read_arrays(path.with_suffix(".npz"))
    if header["part"] == 0:
        keys = {name: layout.model_key(public, name) for name in public.parameters}
        model.clear()
        model["broadcast"] = _checked(path, written, keys, public)
    if "broadcast" not in model:
        raise CaptureError(f"{path}: the first part of this round is missing, which holds the broadcast model")
    updates = []
    for client, examples in header["examples"].items():
        keys = {name: layout.sent_key(public, client, name) for name in public.parameters}
        kept = {name: key for name, key in keys.items() if key in written}
        arrays = _checked(path, written, kept or keys, public)
        entered = {name: layout.enter(public, array, model["broadcast"][name]) for name, array in arrays.items()}
        members = tuple(header.get("members", {}).get(client, ()))
        updates.append(Update(header["round"], client, examples, entered, members))
    return Round(header["round"], model["broadcast"], tuple(updates), header["part"], header["parts"])


def read_header(path: Path) -> Mapping[str, Any]:
    """The JSON of a part; raises CaptureError where it lacks a key, or counts what cannot be counted."""
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
        numbers = [header["round"], header["part"] + 1, header["parts"], *header["examples"].values()]
        wrong = [number for number in numbers if not isinstance(number, int) or number < 1]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaptureError(f"{path}: not the description of a round's part ({error!r})") from error
    if wrong or "broadcast" in header["examples"]:
        raise CaptureError(
            f"{path}: {wrong[0] if wrong else 'a client named broadcast'}: not a count from 1, or a name"
        )
    return dict(header)


def read_arrays(path: Path) -> Mapping[str, Array]:
    """Every array of an ``.npz``; raises CaptureError where it is damaged, or holds pickled objects."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise CaptureError(f"{path}: not a readable file of arrays ({error})") from error


def _checked(path: Path, written: Mapping[str, Array], keys: Mapping[str, str], public: PublicParameters) -> Arrays:
    problems = Problems()
    for name, key in keys.items():
        array, shape = written.get(key), public.parameters[name]
        if array is None:
            problems.add(path.with_suffix(".npz"), f"{key} is missing")
        elif array.shape != shape or array.dtype != np.float32:
            problems.add(
                path.with_suffix(".npz"), f"{key}: {array.dtype} {array.shape}, where {name} is float32 {shape}"
            )
    problems.raise_if_any(CaptureError)
    return {name: written[key] for name, key in keys.items()}
