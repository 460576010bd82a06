"""The reader that the command line means, with its settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedser.config import Frozen, validate
from fedser.config.document import Document
from fedser.config.locate import named
from fedser.config.messages import suggest
from fedser.config.overrides import apply_overrides
from fedser.corpora import CorpusConfig, CorpusReader
from fedser.errors import ConfigError


def readers() -> Mapping[str, type[CorpusReader]]:
    """Every reader, by its name."""
    return {name: reader for name, reader in named(CorpusConfig).items() if issubclass(reader, CorpusReader)}


class _Root(Frozen):
    """What an experiment sets beside its corpora, to say where they lie."""

    data_root: str | None = None


def chosen(name: str, path: Path | None, overrides: Sequence[str]) -> tuple[CorpusReader, str | None]:
    """The reader ``name`` of what lies at ``path``, by ``key=value`` settings, and the ``data_root`` among these.

    ``path`` starts from the working folder; without one the reader looks where a config that names none would. Raises
    ConfigError.
    """
    known = readers()
    if name not in known:
        raise ConfigError(f"corpora: unknown {name!r}{suggest(name, known)}")
    reader = known[name]
    if path is not None and "path" not in reader.model_fields:
        raise ConfigError(f"corpora {name}: it is made, not read: give no PATH (got {path})")
    data: dict[str, Any] = {"name": name}
    if reader.model_fields["corpus"].is_required():
        data["corpus"] = name
    if path is not None:
        data["path"] = str(path.expanduser().absolute())
    roots = [text for text in overrides if text.startswith("data_root=")]
    settings = [text for text in overrides if text not in roots]
    return validate(reader, _document(name, data, settings)), validate(_Root, _document(name, {}, roots)).data_root


def _document(name: str, data: dict[str, Any], overrides: Sequence[str]) -> Document:
    return apply_overrides(Document(data, {(): f"corpora {name}"}), overrides)
