"""From plain data to frozen values, with every mistake at once and each at its line."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fedser.config.document import Document, Mistake, read_document
from fedser.config.frozen import Frozen
from fedser.config.locate import Location, locate
from fedser.config.messages import explain, unfit
from fedser.config.overrides import apply_overrides
from fedser.errors import ConfigError, Problems

Model = TypeVar("Model", bound=BaseModel)


def load(model: type[Model], path: Path, overrides: Sequence[str] = ()) -> Model:
    """Read ``path``, apply the overrides and validate; raises ConfigError listing every mistake."""
    return validate(model, apply_overrides(read_document(path), overrides))


def validate(model: type[Model], document: Document) -> Model:
    """The frozen value that ``document`` describes; raises ConfigError listing every mistake."""
    try:
        data = model.completed(document.data) if issubclass(model, Frozen) else document.data
        value = model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        _refuse(document, _mistakes(model, document, error))
        raise
    _refuse(document, ())
    return value


def _refuse(document: Document, found: Iterator[Mistake] | tuple[()]) -> None:
    """Raise the mistakes of the document and those found in its values, in the order of the document's lines."""
    unread = {mistake.path for mistake in document.mistakes} - {()}
    mistakes = [*document.mistakes, *(mistake for mistake in found if mistake.path not in unread)]
    order = {path: number for number, path in enumerate(document.places)}
    mistakes.sort(key=lambda mistake: order.get(document.known(mistake.path), -1))
    problems = Problems()
    problems.extend(dict.fromkeys(map(str, mistakes)))
    problems.raise_if_any(ConfigError)


def _mistakes(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[Mistake]:
    located = [(details, locate(model, details["loc"])) for details in _flat(error)]
    for union, group in groupby(located, key=lambda pair: pair[1].union):
        pairs = list(group)
        if union is not None and all(location.path == union for _, location in pairs):
            yield Mistake(union, document.place(union), unfit([details for details, _ in pairs]))
            continue
        # A member of the union that fits but for something inside it says more than those that do not fit at all.
        for details, location in pairs:
            if location.path != union:
                yield _mistake(document, details, location)


def _mistake(document: Document, details: ErrorDetails, location: Location) -> Mistake:
    path, message = explain(details, location)
    return Mistake(path, document.place(path), message)


def _flat(error: ValidationError, above: tuple[str | int, ...] = ()) -> Iterator[ErrorDetails]:
    """The errors, and in place of a validator's own failed validation of a part, what failed in it."""
    for details in error.errors():
        cause = details.get("ctx", {}).get("error")
        details["loc"] = (*above, *details["loc"])
        if isinstance(cause, ValidationError):
            yield from _flat(cause, details["loc"])
        else:
            yield from _lines(details)


def _lines(details: ErrorDetails) -> Iterator[ErrorDetails]:
    """A validator may tell several mistakes at once, each on a line of its own."""
    text = str(details.get("ctx", {}).get("error", ""))
    if "\n" not in text:
        yield details
        return
    for line in text.splitlines():
        yield {**details, "ctx": {"error": line}}
