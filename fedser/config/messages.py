"""Pydantic's errors in the words of a config file: what is wrong, what was given, and what would be right."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from fedser.config.document import KeyPath
from fedser.config.locate import Location, members, named

_MAPPINGS = ("model_type", "model_attributes_type", "dict_type")
_LISTS = ("tuple_type", "list_type", "set_type", "frozen_set_type")


def explain(details: ErrorDetails, location: Location) -> tuple[KeyPath, str]:
    """The key path that an error is about (a key of a mapping where the error names one), and the message."""
    kind, path, owner = details["type"], location.path, location.owner
    names = list(named(location.annotation))
    if kind == "extra_forbidden":
        return path, "unknown key" + suggest(str(path[-1]), owner.model_fields if owner else ())
    if kind == "missing":
        return path, "missing" + _wanted(owner, str(path[-1]))
    if kind == "union_tag_not_found":
        return (*path, "name"), f"missing (choose from {', '.join(names)})"
    if kind == "union_tag_invalid":
        tag = str(details["ctx"]["tag"])
        return (*path, "name"), f"unknown {tag!r}" + suggest(tag, names)
    if kind == "value_error":
        return _own_words(str(details["ctx"]["error"]), location)
    return path, unfit([details])


def unfit(alternatives: Sequence[ErrorDetails]) -> str:
    """Why a value fits none of its alternatives (mostly one): ``should be a list or 'all', got 5``."""
    phrases = list(dict.fromkeys(_expected(details) for details in alternatives))
    rest = [phrase.removeprefix("should ").removeprefix("be ") for phrase in phrases[1:]]
    return f"{' or '.join([phrases[0], *rest])}, got {_shown(alternatives[0]['input'])}"


def _expected(details: ErrorDetails) -> str:
    if details["type"] in _MAPPINGS:
        return "should be a mapping"
    if details["type"] in _LISTS:
        return "should be a list"
    text = details["msg"].split(" after validation")[0]
    return re.sub(r"^(Input|String|Tuple|List|Dictionary) (?=should )", "", text)


def _own_words(text: str, location: Location) -> tuple[KeyPath, str]:
    """A validator of a model may begin its message with the key that it means: ``hidden: widths are ...``."""
    head, sign, rest = text.partition(": ")
    keys = head.split(".")
    models = [member for member in members(location.annotation) if hasattr(member, "model_fields")]
    if sign and any(keys[0] in model.model_fields for model in models):
        return (*location.path, *(int(key) if key.isdecimal() else key for key in keys)), rest
    return location.path, text


def suggest(word: str, good: Iterable[str]) -> str:
    """The end of a message about an unknown ``word``: the good one that it is like, or all of them."""
    names = list(good)
    near = difflib.get_close_matches(word, names, n=1)
    return f", did you mean '{near[0]}'?" if near else f" (choose from {', '.join(names)})"


def _wanted(owner: type[BaseModel] | None, name: str) -> str:
    field = owner.model_fields.get(name) if owner else None
    if field is None:
        return ""
    if get_origin(field.annotation) is Literal:
        return f" (choose from {', '.join(map(str, get_args(field.annotation)))})"
    return f" ({field.description})" if field.description else ""


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
