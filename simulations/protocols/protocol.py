"""The choices of a protocol, laid below what an experiment says itself."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from fedser.config.document import read_document

Protocol = Literal["paper", "sound"]


@cache
def choices(protocol: Protocol) -> Mapping[str, Any]:
    """The protocol's file: ``experiment`` and ``plugins``."""
    return read_document(Path(__file__).with_name(f"{protocol}.yaml")).data


def completed(experiment: Mapping[str, Any]) -> dict[str, Any]:
    """The plain data of an experiment with the choices of the protocol that it names, for all that it leaves out."""
    if experiment.get("protocol") not in get_args(Protocol):
        return dict(experiment)
    known = choices(experiment["protocol"])
    whole = below(experiment, known["experiment"])
    for family, plugins in known["plugins"].items():
        if family in whole:
            whole[family] = _each(whole[family], plugins)
    return whole


def below(given: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` with what it does not say from ``choice``; an empty mapping says that there is nothing."""
    merged = dict(given)
    for key, value in choice.items():
        if key not in given:
            merged[key] = value
        elif _alike(given[key], value):
            merged[key] = below(given[key], value)
    return merged


def _alike(given: Any, choice: Any) -> bool:
    """Whether both are mappings, and not of two plugins: Adam's settings are none of SGD's."""
    if not (isinstance(given, dict) and given and isinstance(choice, dict)):
        return False
    return bool(given.get("name") == choice.get("name")) or "name" not in given or "name" not in choice


def _each(value: Any, plugins: Mapping[str, Mapping[str, Any]]) -> Any:
    """``value`` with the settings of every plugin that it names, also in lists and in plugins made of others."""
    if isinstance(value, list):
        return [_each(item, plugins) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _each(item, plugins) for key, item in value.items()}
    settings = plugins.get(inner["name"]) if isinstance(inner.get("name"), str) else None
    return below(inner, settings) if settings else inner
