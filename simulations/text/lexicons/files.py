"""Lexicons as files: where one lies, and what is said of one that is not there."""

import json
from pathlib import Path
from typing import Any

from fedser.errors import InputError


def lexicon_text(root: Path, path: str, what: str, obtain: str) -> str:
    """The text of the lexicon at ``path`` (absolute, or below the data root ``root``).

    Raises InputError, which says what to get and where to put it, for a file that is missing or no text.
    """
    place = (root / Path(path).expanduser()).absolute()
    if not place.is_file():
        raise InputError(
            f"{place}: no such lexicon: get {what} ({obtain}) and put it there, or give its path."
            f" Its place is data_root ({root}; --set data_root=DIR or the environment variable FEDSER_DATA)"
            f" and the lexicon's path ({path})."
        )
    try:
        return place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{place}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def lexicon_json(root: Path, path: str, what: str, obtain: str) -> dict[str, Any]:
    """The mapping in a JSON file; raises InputError as ``lexicon_text``, and for anything else."""
    text = lexicon_text(root, path, what, obtain)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path}: not readable as JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: should be a mapping, got a {type(value).__name__}")
    return value


def chosen(path: str, found: dict[str, Any], wanted: tuple[str, ...]) -> dict[str, Any]:
    """The ``wanted`` categories of those ``found``, or all where none is named; raises InputError for others."""
    if strange := sorted(set(wanted) - set(found)):
        raise InputError(f"{path}: no category {', '.join(strange)} (choose from {', '.join(found)})")
    return {name: found[name] for name in wanted} if wanted else found
