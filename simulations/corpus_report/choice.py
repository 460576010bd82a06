"""The reader that the command line means, with its settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedser.config import validate
from fedser.config.document import Document
from fedser.config.locate import named
from fedser.config.messages import suggest
from fedser.config.overrides import apply_overrides
from fedser.corpora import CorpusConfig, CorpusReader
from fedser.errors import ConfigError


def readers() -> Mapping[str, type[CorpusReader]]:
    """Every reader, by its name."""
    return {name: reader for name, reader in named(CorpusConfig).items() if issubclass(reader, CorpusReader)}


def chosen(name: str, path: Path | None, overrides: Sequence[str]) -> CorpusReader:
    """The reader ``name`` of what lies at ``path``, with its ``key=value`` settings; raises ConfigError.

    ``path`` starts from the working folder. Without one the reader looks where a config that names none would.
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
    return validate(reader, apply_overrides(Document(data, {(): f"corpora {name}"}), overrides))
