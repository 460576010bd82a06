"""What others counted, beside what we count: where the settings are those under which their counts hold."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from fedser.corpora import CorpusReader
from fedser.corpora.published import Published
from simulations.corpus_report.counts import ALL, Key, Of

Theirs = Mapping[str, Mapping[Key, int]]
"""By source, what it counts."""


def theirs(reader: CorpusReader) -> Theirs:
    """The published counts that hold for ``reader`` as it is set."""
    found: dict[str, dict[Key, int]] = {}
    for published in reader.published:
        if _holds(reader, published):
            found.setdefault(published.source, {}).update(_keys(published))
    return found


def elsewhere(reader: CorpusReader) -> list[str]:
    """The published counts that hold under other settings: the source and these settings."""
    others = (published for published in reader.published if not _holds(reader, published))
    return [f"{published.source}, with {_flags(published.settings)}" for published in others]


def _holds(reader: CorpusReader, published: Published) -> bool:
    settings = reader.model_dump(mode="json")
    return all(settings.get(key) == json.loads(json.dumps(value)) for key, value in published.settings.items())


def _keys(published: Published) -> Iterator[tuple[Key, int]]:
    everything: dict[Of, int | None] = {"utterances": published.all_utterances, "speakers": published.all_speakers}
    for of, number in everything.items():
        if number is not None:
            yield Key(of, ALL, ALL), number
    tables: dict[Of, Mapping[str, Mapping[str, int]]] = {
        "utterances": published.utterances,
        "speakers": published.speakers,
    }
    for of, table in tables.items():
        for column, counts in table.items():
            yield from ((Key(of, column, value), number) for value, number in counts.items())


def _flags(settings: Mapping[str, Any]) -> str:
    """Settings as one gives them to the command, in a shell."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
    return " ".join(f"--set {shlex.quote(f'{key}={text}')}" for key, text in texts.items())
