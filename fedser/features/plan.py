"""How the utterances of a corpus are divided: into batches of about one length, and these into tasks of a shard."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fedser.audio import audio_seconds
from fedser.errors import InputError
from fedser.features.batch import Item, Task
from fedser.features.cache import FeatureCache
from fedser.features.content import Content
from fedser.features.extractor import Extractor, Wanted

_SMALLEST, _LARGEST = 8, 64
"""Utterances of a task: enough to be worth a file, few enough that an end in between costs seconds.

Towards the end they become fewer, so that all processes end at about the same time.
"""

_MOST: Mapping[Wanted, float] = {"audio": 600.0, "text": 100_000.0}
"""Seconds, or characters, of a batch whose utterances are all as long as its longest: what is in memory at once."""


def plan(extractor: Extractor, cache: FeatureCache, given: Mapping[str, Content], processes: int) -> list[Task]:
    """Tasks for the contents ``given`` by hash; who is in a batch with whom does not depend on ``processes``."""
    dims, batches = len(extractor.names()), _batches(extractor, [Item(*entry) for entry in given.items()])
    return [Task(extractor, cache, part, dims) for part in _parts(batches, processes)]


def _batches(extractor: Extractor, items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """As many at once as the extractor wants, but no more than memory should hold; the longest first."""
    if extractor.batch == 1:
        return [(item,) for item in items]
    lengths = {item.key: _length(item.content, extractor.wants) for item in items}
    ordered = sorted(items, key=lambda item: lengths[item.key], reverse=True)
    batches: list[tuple[Item, ...]] = []
    while ordered:
        longest = max(lengths[ordered[0].key], 1e-3)
        count = max(1, min(extractor.batch, int(_MOST[extractor.wants] / longest)))
        batches.append(tuple(ordered[:count]))
        ordered = ordered[count:]
    return batches


def _length(content: Content, wants: Wanted) -> float:
    """Seconds, as the header of the file states, or characters; 0 for what will be refused when it is read."""
    if wants == "text":
        return len(content)
    try:
        return audio_seconds(Path(content))
    except InputError:
        return 0.0


def _parts(batches: Sequence[tuple[Item, ...]], processes: int) -> Iterator[tuple[tuple[Item, ...], ...]]:
    """Runs of batches, each about half of a process's share of what is left."""
    left, part = sum(map(len, batches)), list[tuple[Item, ...]]()
    for batch in batches:
        part.append(batch)
        size = sum(map(len, part))
        if size >= max(_SMALLEST, min(_LARGEST, -(-left // (2 * processes)))):
            yield tuple(part)
            left, part = left - size, []
    if part:
        yield tuple(part)
