"""What others counted in a corpus, to be held beside what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Counts = Mapping[str, Mapping[str, int]]
"""By column and value, a number of rows."""


@dataclass(frozen=True)
class Published:
    """Counts of a corpus as its authors or others print them.

    ``settings`` are the reader's settings (key and value, as in a config) under which the counts hold: where the
    reader is set otherwise, they are another corpus's counts. ``utterances`` counts by label column and class, such as
    ``{"emotion": {"sad": 608}}``, ``speakers`` by attribute and value; what is not printed is left out.
    """

    source: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    utterances: Counts = field(default_factory=dict)
    speakers: Counts = field(default_factory=dict)
    all_utterances: int | None = None
    all_speakers: int | None = None
