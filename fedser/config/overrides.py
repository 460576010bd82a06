"""``--set key=value``: the same document, with single values replaced, and the flag as their place."""

import copy
import difflib
from collections.abc import Sequence
from typing import Any

from fedser.config.document import Document, KeyPath, parse_value
from fedser.errors import ConfigError


def apply_overrides(document: Document, overrides: Sequence[str]) -> Document:
    """A new document with each ``a.b.0.c=value`` applied in order; values are read as YAML."""
    data, places = copy.deepcopy(document.data), dict(document.places)
    for override in overrides:
        place = f"--set {override}"
        key, sign, text = override.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"{place}: write key=value, as in --set algorithm.learning_rate=0.1")
        path = _assign(data, key.strip().split("."), parse_value(text, place), place)
        places = {known: where for known, where in places.items() if known[: len(path)] != path}
        places[path] = place
    return Document(data, places)


def _assign(data: dict[str, Any], parts: list[str], value: Any, place: str) -> KeyPath:
    holder: Any = data
    path: list[str | int] = []
    for depth, part in enumerate(parts):
        key = _key(holder, part, place)
        path.append(key)
        if depth == len(parts) - 1:
            holder[key] = value
        elif isinstance(holder, dict) and holder.get(part) is None:
            holder[key] = holder = {}
        else:
            holder = holder[key]
    return tuple(path)


def _key(holder: Any, part: str, place: str) -> str | int:
    if isinstance(holder, dict):
        return part
    if isinstance(holder, list):
        if part.isdigit() and int(part) < len(holder):
            return int(part)
        names = [str(item.get("name")) for item in holder if isinstance(item, dict)]
        if part in names:
            return names.index(part)
        near = difflib.get_close_matches(part, names, n=1)
        hint = f", did you mean '{near[0]}'?" if near else f" (0 to {len(holder) - 1}, or one of {', '.join(names)})"
        raise ConfigError(f"{place}: no item '{part}' in this list{hint}")
    raise ConfigError(f"{place}: '{part}' lies below a plain value")
