"""``--set key=value``: the same document, with single values replaced, and the flag as their place.

In the same way a value of one document replaces one of another, and keeps its lines.
"""

import copy
import difflib
from collections.abc import Sequence
from typing import Any

from fedser.config.document import Document, KeyPath, Mistake, parse_value
from fedser.errors import ConfigError


def apply_overrides(document: Document, overrides: Sequence[str]) -> Document:
    """A new document with each ``a.b.0.c=value`` applied in order; values are read as YAML.

    An item of a list is named by its number, or by its ``name`` where only one item bears it. What is wrong with
    an override joins the document's mistakes.
    """
    for override in overrides:
        try:
            document = _applied(document, override, f"--set {override}")
        except ConfigError as error:
            document = _noted(document, error)
    return document


def apply_setting(document: Document, key: str, source: Document, at: KeyPath) -> Document:
    """A new document in which the dotted ``key`` has the value that stands at ``at`` in ``source``.

    The value's lines and mistakes come with it; a key that cannot be set joins the document's mistakes.
    """
    place, data = source.place(at), copy.deepcopy(document.data)
    try:
        holder, path = _walk(data, key.split("."), f"{place}: {key}")
    except ConfigError as error:
        return _noted(document, error)
    holder[path[-1]] = copy.deepcopy(source.value(at))
    mistakes = tuple(one._replace(path=path + one.path[len(at) :]) for one in source.mistakes if _below_or_at(one, at))
    replaced = _replaced(document, data, path, place, mistakes)
    inner = {path + known[len(at) :]: where for known, where in source.places.items() if known[: len(at)] == at}
    return Document(replaced.data, replaced.places | inner, replaced.mistakes)


def _below_or_at(mistake: Mistake, at: KeyPath) -> bool:
    return mistake.path[: len(at)] == at


def _noted(document: Document, error: ConfigError) -> Document:
    return Document(document.data, document.places, (*document.mistakes, Mistake((), "", str(error))))


def _applied(document: Document, override: str, flag: str) -> Document:
    key, sign, text = override.partition("=")
    parts = key.strip().split(".")
    if not sign or not all(parts):
        raise ConfigError(f"{flag}: write key=value, as in --set algorithm.learning_rate=0.1")
    data = copy.deepcopy(document.data)
    holder, path = _walk(data, parts, flag)
    holder[path[-1]], mistakes = parse_value(text, flag, path)
    return _replaced(document, data, path, flag, mistakes)


def _replaced(
    document: Document, data: dict[str, Any], path: KeyPath, place: str, mistakes: tuple[Mistake, ...]
) -> Document:
    """``document`` with other ``data``, of which what lies at ``path`` comes from ``place``."""
    places = {known: where for known, where in document.places.items() if known[: len(path)] != path}
    for end in range(1, len(path) + 1):
        places.setdefault(path[:end], place)
    return Document(data, places, document.mistakes + mistakes)


def _walk(data: dict[str, Any], parts: list[str], flag: str) -> tuple[Any, KeyPath]:
    """What holds the last key, and the whole path."""
    holder: Any = data
    path: list[str | int] = []
    for part in parts:
        if path:
            holder = _below(holder, path[-1])
        path.append(_key(holder, part, flag))
    return holder, tuple(path)


def _below(holder: Any, key: str | int) -> Any:
    """What lies under ``key``; where a mapping has nothing there, a new mapping."""
    if isinstance(holder, dict) and holder.get(key) is None:
        holder[key] = {}
    return holder[key]


def _key(holder: Any, part: str, flag: str) -> str | int:
    if isinstance(holder, dict):
        return part
    if not isinstance(holder, list):
        raise ConfigError(f"{flag}: '{part}' lies below a plain value")
    if part.isdecimal() and int(part) < len(holder):
        return int(part)
    return _named(holder, part, flag)


def _named(items: list[Any], name: str, flag: str) -> int:
    names = [str(item.get("name")) if isinstance(item, dict) else "" for item in items]
    if names.count(name) == 1:
        return names.index(name)
    if name in names:
        raise ConfigError(f"{flag}: {names.count(name)} items of this list are named '{name}': give a number instead")
    near = difflib.get_close_matches(name, names, n=1)
    good = [f"0 to {len(items) - 1}" if len(items) > 1 else "0", *filter(None, names)]
    hint = f", did you mean '{near[0]}'?" if near else f" (choose from {', '.join(good)})" if items else ": it is empty"
    raise ConfigError(f"{flag}: no item '{name}' in this list{hint}")
