"""Work that waits for the disk, done in a thread while the arithmetic runs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; while one is used, the next one is made. What making them raises is raised here."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(_at_most_one, items)
        while item := coming.result():
            coming = thread.submit(_at_most_one, items)
            yield from item


def _at_most_one(items: Iterator[Item]) -> list[Item]:
    """The next item, or nothing at the end."""
    return list(islice(items, 1))
