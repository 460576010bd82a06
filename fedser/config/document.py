"""A YAML file as plain data, with the line of every key; duplicate keys are mistakes, not the last one's victory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from fedser.config.scalars import PREFIX, Loader, read_scalar, shown_tag
from fedser.errors import ConfigError

KeyPath = tuple[str | int, ...]


class Mistake(NamedTuple):
    """What is wrong with the value at ``path``; ``place`` is a file and line, or a flag."""

    path: KeyPath
    place: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, dotted(self.path), self.message) if part)


@dataclass(frozen=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None) and the place of each key path in its source.

    ``mistakes`` were found in reading; they are reported together with those of the values.
    """

    data: dict[str, Any]
    places: dict[KeyPath, str] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()

    def known(self, path: KeyPath) -> KeyPath:
        """The longest beginning of ``path`` whose place is known."""
        return next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.places), ())

    def place(self, path: KeyPath) -> str:
        """The nearest known place of ``path``: its own line, or that of what holds it."""
        return self.places.get(self.known(path), "config")

    def value(self, path: KeyPath) -> Any:
        """What stands at ``path``; raises KeyError or IndexError where nothing does."""
        found: Any = self.data
        for key in path:
            found = found[key]
        return found


def read_document(path: Path) -> Document:
    """Read one YAML file whose top level is a mapping; raises ConfigError where it is no such file."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such config file")
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: {_syntax(error)}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:1: a config is a mapping of keys to values")
    builder = _Builder(lambda at: f"{path}:{at.start_mark.line + 1}")
    data = builder.build(node, ())
    return Document(data, {(): f"{path}"} | builder.places, tuple(builder.mistakes))


def parse_value(text: str, flag: str, path: KeyPath) -> tuple[Any, tuple[Mistake, ...]]:
    """The value that ``flag`` gives to ``path``, read by the rules of a file; raises ConfigError on bad syntax."""
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{flag}: {_syntax(error)}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{flag}: not valid YAML: {error}") from error
    builder = _Builder(lambda at: flag)
    return (None if node is None else builder.build(node, path)), tuple(builder.mistakes)


def dotted(path: KeyPath) -> str:
    """A key path as one writes it: ``corpora.shadow.0.name``."""
    return ".".join(map(str, path))


def _syntax(error: yaml.MarkedYAMLError) -> str:
    return "not valid YAML: " + ", ".join(part for part in (error.context, error.problem) if part)


class _Builder:
    """Turns a node graph into plain data, noting places and mistakes on the way."""

    def __init__(self, place: Callable[[yaml.Node], str]) -> None:
        self._place = place
        self._open: list[yaml.Node] = []
        self.places: dict[KeyPath, str] = {}
        self.mistakes: list[Mistake] = []

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if any(node is outer for outer in self._open):
            return self._wrong(path, self.places[path], "an alias of what holds it")
        kind = "map" if isinstance(node, yaml.MappingNode) else "seq"
        if node.tag != PREFIX + kind:
            return self._wrong(path, self._place(node), f"unknown tag {shown_tag(node)}")
        self._open.append(node)
        built = self._mapping(node, path) if kind == "map" else self._sequence(node, path)
        self._open.pop()
        return built

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._wrong(path, self._place(key_node), "a key must be a plain word")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in result:
                self._wrong(here, self._place(key_node), f"key given twice (first at {self.places[here]})")
                continue
            self.places[here] = self._place(key_node)
            result[key] = self.build(value_node, here)
        return result

    def _sequence(self, node: yaml.Node, path: KeyPath) -> list[Any]:
        result = []
        for index, item in enumerate(node.value):
            self.places[(*path, index)] = self._place(item)
            result.append(self.build(item, (*path, index)))
        return result

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        try:
            return read_scalar(node)
        except ValueError as error:
            return self._wrong(path, self._place(node), str(error))

    def _wrong(self, path: KeyPath, place: str, message: str) -> None:
        self.mistakes.append(Mistake(path, place, message))
