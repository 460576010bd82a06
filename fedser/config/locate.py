"""Where in a document, and in which model, one of pydantic's errors lies.

Pydantic's own location also names the members of unions that it tried; a document knows nothing of those.
"""

import types
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from fedser.config.document import KeyPath


class Location(NamedTuple):
    """``path`` in the document; ``owner``, the model whose field its last key is or would be; the ``annotation`` there.

    ``union`` is the path of a union without ``name`` that was passed, if any: the error tells why one member of it
    does not fit.
    """

    path: KeyPath
    owner: type[BaseModel] | None
    annotation: Any
    union: KeyPath | None = None


def locate(model: type[BaseModel], loc: tuple[str | int, ...]) -> Location:
    """Follow pydantic's location from ``model`` down."""
    here = Location((), model, model)
    for part in loc:
        here = _step(here, part)
    return here


def named(annotation: Any) -> dict[str, type[BaseModel]]:
    """The members of a union told apart by ``name``, by their names; empty for any other annotation."""
    models = [member for member in members(annotation) if _is_model(member)]
    return {
        str(name): model
        for model in models
        if "name" in model.model_fields
        for name in get_args(model.model_fields["name"].annotation)
    }


def members(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of an annotation (without None), or the annotation alone."""
    annotation = _bare(annotation)
    if not _is_union(annotation):
        return (annotation,)
    return tuple(inner for arg in get_args(annotation) if arg is not type(None) for inner in members(arg))


def _step(here: Location, part: str | int) -> Location:
    tagged, plain = named(here.annotation), members(here.annotation)
    if part in tagged and _is_tagged(here.annotation):
        return here._replace(annotation=tagged[str(part)])
    if len(plain) > 1 and not _is_tagged(here.annotation):
        chosen = next((member for member in plain if str(part).startswith(_label(member))), None)
        return here._replace(annotation=chosen, union=here.path)
    owner = next((member for member in plain if _is_model(member)), None)
    return Location((*here.path, part), owner, _below(plain, part), here.union)


def _below(plain: tuple[Any, ...], part: str | int) -> Any:
    for member in plain:
        if _is_model(member) and str(part) in member.model_fields:
            field = member.model_fields[str(part)]
            return Annotated[field.annotation, field] if field.discriminator else field.annotation
        if get_origin(member) in (tuple, list):
            return _item(member, part)
        if get_origin(member) is dict:
            return get_args(member)[1]
    return None


def _item(member: Any, part: str | int) -> Any:
    """The annotation of a sequence's item: all alike, but for a tuple of a fixed length."""
    inner = get_args(member)
    alike = get_origin(member) is list or Ellipsis in inner
    return inner[0] if alike else next(iter(inner[int(part) : int(part) + 1]), None)


def _is_tagged(annotation: Any) -> bool:
    """Whether the members of a union are told apart by a discriminator."""
    if get_origin(annotation) is Annotated:
        inner, *extras = get_args(annotation)
        return any(getattr(extra, "discriminator", None) for extra in extras) or _is_tagged(inner)
    return _is_union(annotation) and any(map(_is_tagged, get_args(annotation)))


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _label(member: Any) -> str:
    """How pydantic's label of a union's member begins."""
    origin = get_origin(member) or member
    return "literal" if origin is Literal else str(getattr(origin, "__name__", origin))


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, BaseModel)
