"""From plain data to frozen values, with every mistake at once and each at its line."""

import difflib
import json
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fedser.config.document import Document, KeyPath, read_document
from fedser.config.overrides import apply_overrides
from fedser.errors import ConfigError, Problems

Model = TypeVar("Model", bound=BaseModel)


def load(model: type[Model], path: Path, overrides: Sequence[str] = ()) -> Model:
    """Read ``path``, apply the overrides and validate; raises ConfigError listing every mistake."""
    return validate(model, apply_overrides(read_document(path), overrides))


def validate(model: type[Model], document: Document) -> Model:
    """The frozen value that ``document`` describes; raises ConfigError listing every mistake."""
    try:
        return model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        problems = Problems()
        problems.extend(dict.fromkeys(_line(model, document, details) for details in error.errors()))
        problems.raise_if_any(ConfigError)
        raise


def _line(model: type[BaseModel], document: Document, details: ErrorDetails) -> str:
    path, owner = _locate(model, document.data, details["loc"])
    dotted = ".".join(str(part) for part in path)
    message = _message(details, path, owner)
    return f"{document.place(path)}: {dotted}: {message}" if dotted else f"{document.place(path)}: {message}"


def _message(details: ErrorDetails, path: KeyPath, owner: type[BaseModel] | None) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key" + _suggest(str(path[-1]), owner.model_fields if owner else ())
    if kind == "missing":
        return "missing" + _choices(owner, str(path[-1]))
    if kind == "union_tag_not_found":
        return "name: missing"
    if kind == "union_tag_invalid":
        names = [name.strip(" '") for name in str(context["expected_tags"]).split(",")]
        return f"name: unknown {str(context['tag'])!r}" + _suggest(str(context["tag"]), names)
    if kind == "value_error":
        return str(context["error"])
    text = details["msg"].removeprefix("Input should be ").rstrip(".")
    return f"should be {text}, got {_shown(value)}"


def _suggest(word: str, good: Iterable[str]) -> str:
    names = list(good)
    near = difflib.get_close_matches(word, names, n=1)
    return f", did you mean '{near[0]}'?" if near else f" (choose from {', '.join(names)})"


def _choices(owner: type[BaseModel] | None, name: str) -> str:
    field = owner.model_fields.get(name) if owner else None
    if field is not None and get_origin(field.annotation) is Literal:
        return f" (choose from {', '.join(map(str, get_args(field.annotation)))})"
    return f" ({field.description})" if field is not None and field.description else ""


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _locate(model: type[BaseModel], data: Any, loc: tuple[str | int, ...]) -> tuple[KeyPath, type[BaseModel] | None]:
    """The path in the document (pydantic's own also names union tags) and the model that owns its last key."""
    path: list[str | int] = []
    owner: type[BaseModel] | None = model
    annotation: Any = model
    for part in loc:
        chosen = _member(annotation, part)
        if chosen is not None:
            annotation = chosen
            continue
        owner = next((m for m in _members(annotation) if isinstance(m, type) and issubclass(m, BaseModel)), None)
        path.append(part)
        annotation = _below(annotation, part)
    return tuple(path), owner


def _strip(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _members(annotation: Any) -> tuple[Any, ...]:
    annotation = _strip(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(_strip(member) for member in get_args(annotation))
    return (annotation,)


def _member(annotation: Any, tag: str | int) -> type[BaseModel] | None:
    """The member of a union told apart by ``name`` that bears ``tag``, if ``annotation`` is such a union."""
    members = _members(annotation)
    if len(members) == 1 and get_origin(annotation) is not Annotated:
        return None
    models = (member for member in members if isinstance(member, type) and issubclass(member, BaseModel))
    named = (model for model in models if "name" in model.model_fields)
    return next((model for model in named if tag in get_args(model.model_fields["name"].annotation)), None)


def _below(annotation: Any, part: str | int) -> Any:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            field = member.model_fields.get(str(part))
            if field is None:
                continue
            return Annotated[field.annotation, "field"] if field.discriminator else field.annotation
        if get_origin(member) in (tuple, list) and isinstance(part, int):
            return get_args(member)[0]
        if get_origin(member) is dict:
            return get_args(member)[1]
    return None
