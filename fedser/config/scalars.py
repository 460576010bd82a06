"""YAML scalars as YAML 1.2's core schema reads them (YAML 1.2.2, section 10.3.2).

PyYAML follows YAML 1.1: it takes ``1e-3`` for a string, ``NO`` for False, ``017`` for 15 and ``1:30`` for 90.
"""

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import yaml

Scalar = str | int | float | bool | None

PREFIX = "tag:yaml.org,2002:"


class _Kind(NamedTuple):
    pattern: re.Pattern[str]
    first: str
    """The characters that such a scalar may begin with (empty: it may be empty)."""
    read: Callable[[str], Scalar]


def _integer(text: str) -> int:
    base = {"0x": 16, "0o": 8}.get(text[:2], 10)
    return int(text, base)


def _real(text: str) -> float:
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


# In the order in which they are tried.
_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "bool": _Kind(re.compile("true|True|TRUE|false|False|FALSE"), "tTfF", lambda text: text.lower() == "true"),
        "int": _Kind(re.compile("[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+"), "-+0123456789", _integer),
        "float": _Kind(
            re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
            "-+.0123456789",
            lambda text: _real(text.lower()),
        ),
        "null": _Kind(re.compile("~|null|Null|NULL|"), "~nN", lambda text: None),
    }
)


class Loader(yaml.SafeLoader):
    """A SafeLoader that tells plain scalars apart by YAML 1.2's core schema; only its node graph is used."""


Loader.yaml_implicit_resolvers = {}
for _name, _kind in _KINDS.items():
    Loader.add_implicit_resolver(
        PREFIX + _name, re.compile(f"^(?:{_kind.pattern.pattern})$"), [*_kind.first, *([""] if _name == "null" else [])]
    )


def read_scalar(node: yaml.ScalarNode) -> Scalar:
    """The value of a scalar node; raises ValueError, in words, for a foreign tag or a number that is none."""
    name = str(node.tag).removeprefix(PREFIX)
    if name == "str":
        return str(node.value)
    if name not in _KINDS:
        raise ValueError(f"unknown tag {shown_tag(node)}")
    if not _KINDS[name].pattern.fullmatch(node.value):
        raise ValueError(f"{node.value!r} is not of type {name}")
    value = _KINDS[name].read(node.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{node.value} is not a finite number")
    return value


def shown_tag(node: yaml.Node) -> str:
    """A node's tag as one writes it: ``!!set``."""
    return str(node.tag).replace(PREFIX, "!!")
