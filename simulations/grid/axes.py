"""The ``grid`` key of a file as it stands there: axes, their labels, what is left out, and every mistake of these."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fedser.config.document import Document, KeyPath, Mistake
from fedser.config.messages import suggest
from fedser.errors import ConfigError, Problems
from simulations.grid.choice import Axes, Choice

KEY = "grid"
_WORD = re.compile(r"\w[\w.-]*")
_PLAIN = "letters, digits, '_', '.' and '-' (it names folders and columns)"
_AXES: KeyPath = (KEY, "axes")
_LEFT: KeyPath = (KEY, "leave_out")


@dataclass(frozen=True)
class Plan:
    """``settings`` are the keys that each label of an axis sets; their values stand in the document."""

    settings: Mapping[str, Mapping[str, tuple[str, ...]]]
    leave_out: tuple[Choice, ...]

    @property
    def axes(self) -> Axes:
        """Each axis with its labels."""
        return {axis: tuple(labels) for axis, labels in self.settings.items()}

    @property
    def baselines(self) -> Mapping[str, str]:
        """Of each axis on which one label alone sets nothing, that label."""
        bare = {axis: [label for label, keys in labels.items() if not keys] for axis, labels in self.settings.items()}
        return {axis: labels[0] for axis, labels in bare.items() if len(labels) == 1}


def at(axis: str, label: str, key: str) -> KeyPath:
    """Where the value of a label's setting stands."""
    return (*_AXES, axis, label, key)


def read_plan(document: Document) -> Plan:
    """The plan of a grid's file; raises ConfigError with every mistake of it."""
    mistakes = [one for one in document.mistakes if one.path[:1] == (KEY,) and len(one.path) < len(at("", "", ""))]
    mistakes += _mistakes(document)
    problems = Problems()
    problems.extend(dict.fromkeys(map(str, mistakes)))
    problems.raise_if_any(ConfigError)
    axes = document.value(_AXES)
    settings = {axis: {label: tuple(keys or {}) for label, keys in labels.items()} for axis, labels in axes.items()}
    return Plan(settings, tuple(_choices(document)))


def _mistakes(document: Document) -> Iterator[Mistake]:
    grid = document.data[KEY]
    if not isinstance(grid, dict) or not isinstance(grid.get("axes"), dict) or not grid["axes"]:
        path = _AXES if isinstance(grid, dict) else (KEY,)
        yield _wrong(document, path, "should be a mapping of axes to labels to settings, as in axes: {rounds: {...}}")
        return
    for key in grid:
        if key not in ("axes", "leave_out"):
            yield _wrong(document, (KEY, key), "unknown key" + suggest(key, ("axes", "leave_out")))
    for axis, labels in grid["axes"].items():
        yield from _of_axis(document, axis, labels)
    yield from _of_left_out(document, grid.get("leave_out"))


def _of_axis(document: Document, axis: str, labels: Any) -> Iterator[Mistake]:
    here = (*_AXES, axis)
    if not _WORD.fullmatch(axis):
        yield _wrong(document, here, f"an axis should be {_PLAIN}")
    if not isinstance(labels, dict) or not labels:
        yield _wrong(document, here, "should be a mapping of labels to settings")
        return
    for label, settings in labels.items():
        if not _WORD.fullmatch(label):
            yield _wrong(document, (*here, label), f"a label should be {_PLAIN}")
        if settings is not None and not isinstance(settings, dict):
            yield _wrong(document, (*here, label), "should be a mapping of keys to values, as --set takes them")
        for key in settings if isinstance(settings, dict) else ():
            yield from _of_key(document, (*here, label, key), key)


def _of_key(document: Document, path: KeyPath, key: str) -> Iterator[Mistake]:
    parts = key.split(".")
    if not all(parts):
        yield _wrong(document, path, "write a key, or keys with dots between them, as in algorithm.learning_rate")
    if parts[0] in ("name", KEY):
        yield _wrong(document, path, f"{parts[0]} is the whole grid's; an axis cannot set it")


def _of_left_out(document: Document, entries: Any) -> Iterator[Mistake]:
    if entries is None:
        return
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and entry for entry in entries):
        yield _wrong(document, _LEFT, "should be a list of mappings of axes to labels, as in [{axis: label}]")
        return
    axes = {axis: tuple(labels) for axis, labels in document.value(_AXES).items() if isinstance(labels, dict)}
    for place, choice in enumerate(_choices(document)):
        for message in choice.mistakes(axes):
            yield _wrong(document, (*_LEFT, place), message)


def _choices(document: Document) -> Iterator[Choice]:
    for entry in document.data[KEY].get("leave_out") or ():
        yield Choice(
            {axis: [*map(str, label)] if isinstance(label, list) else [str(label)] for axis, label in entry.items()}
        )


def _wrong(document: Document, path: KeyPath, message: str) -> Mistake:
    return Mistake(path, document.place(path), message)
