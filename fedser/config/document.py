"""YAML read as YAML 1.2 reads numbers, with the line of every key, and with duplicate keys refused.

PyYAML follows YAML 1.1: it takes ``1e-3`` for a string, ``NO`` for False, and keeps the last of two equal keys.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fedser.errors import ConfigError, Problems

KeyPath = tuple[str | int, ...]

_FLOAT = re.compile(r"^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$")
_INT = re.compile(r"^[-+]?(?:\d+|0x[0-9a-fA-F]+|0o[0-7]+)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")


class _Loader(yaml.SafeLoader):
    """A SafeLoader with the number and truth words of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", _BOOL, "tTfF"),
    ("tag:yaml.org,2002:int", _INT, "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+.0123456789"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))


@dataclass(frozen=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None) and the place of each key path in its source."""

    data: dict[str, Any]
    places: dict[KeyPath, str] = field(default_factory=dict)

    def place(self, path: KeyPath) -> str:
        """The nearest known place of ``path``: its own line, or that of what holds it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return "config"


def read_document(path: Path) -> Document:
    """Read one YAML file whose top level is a mapping; raises ConfigError with file and line."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such config file")
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:1: a config is a mapping of keys to values")
    problems = Problems()
    places: dict[KeyPath, str] = {(): f"{path}"}
    data = _build(node, (), str(path), places, problems)
    problems.raise_if_any(ConfigError)
    return Document(data, places)


def parse_value(text: str, place: str) -> Any:
    """The value of a ``--set key=value``, read by the same rules as a file."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{place}: not valid YAML: {text!r}") from error
    problems = Problems()
    value = None if node is None else _build(node, (), place, {}, problems)
    problems.raise_if_any(ConfigError)
    return value


def _build(node: yaml.Node, path: KeyPath, source: str, places: dict[KeyPath, str], problems: Problems) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, places, problems)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            places[(*path, index)] = f"{source}:{item.start_mark.line + 1}"
        return [_build(item, (*path, i), source, places, problems) for i, item in enumerate(node.value)]
    return _scalar(node, source, problems)


def _mapping(
    node: yaml.MappingNode, path: KeyPath, source: str, places: dict[KeyPath, str], problems: Problems
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = f"{source}:{key_node.start_mark.line + 1}"
        if not isinstance(key_node, yaml.ScalarNode):
            problems.add(place, "a key must be a plain word")
            continue
        key = str(key_node.value)
        if key in result:
            problems.add(place, f"{_dotted((*path, key))}: key given twice (first at {places[(*path, key)]})")
            continue
        places[(*path, key)] = place
        result[key] = _build(value_node, (*path, key), source, places, problems)
    return result


def _scalar(node: yaml.Node, source: str, problems: Problems) -> Any:
    loader = _Loader("")
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        problems.add(f"{source}:{node.start_mark.line + 1}", f"cannot read {node.value!r}: {error}")
        return None
    finally:
        loader.dispose()
    if isinstance(value, float) and not math.isfinite(value):
        problems.add(f"{source}:{node.start_mark.line + 1}", f"{node.value} is not a finite number")
    return value


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path)
