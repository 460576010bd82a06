"""Balanced batches: a client's batches are drawn evenly over the values of the attribute, or over the emotions.

How often each emotion occurs may differ by gender, and a gradient tells how often each label occurs in its batch (Zhao
et al. 2020, arXiv 2001.02610): batches of as many of each emotion tell nothing of it. Batches that hold as many women
as men are, for a server that sees the batch's gradient alone, like the mean of a mixed group; they need a client of
several speakers. A client of one speaker has one value of the attribute, and nothing that could be balanced: there
``over: attribute`` is refused.

The number of batches, the size of each, and n_k stay. Of G values a batch holds as many as its size allows of each, and
of what is left over one of some, in turn. Each value's rows are dealt out in a drawn order, all of them before any
comes again: of what is rare, rows come more often than once in an epoch, and of what is frequent some do not come.

Guarantee: the labels' counts within a batch (over emotions: of those that the client has) say nothing. Known breaks:
which emotions a client lacks altogether is seen; voices are what they were.
"""

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, Literal

import numpy as np

from fedser.defenses.defense import Codes, Defense
from fedser.seeds import Stream


class Balance(Defense):
    """Draw each batch evenly over the emotions that a client has, or over the attribute's values."""

    source: ClassVar[str] = "balanced sampling; Zhao et al. 2020 (arXiv 2001.02610) on labels in gradients"
    name: Literal["balance"] = "balance"
    over: Literal["emotion", "attribute"] = "emotion"

    @property
    def needs_attributes(self) -> bool:
        """To balance them."""
        return self.over == "attribute"

    def on_batches(self, batches: tuple[Codes, ...], y: Codes, attributes: Codes, stream: Stream) -> tuple[Codes, ...]:
        """As they are where all rows have one value."""
        codes = y if self.over == "emotion" else attributes
        values = np.unique(codes)
        if len(values) < 2:
            return batches
        generator = stream.numpy()
        dealt = {int(value): _dealt(np.flatnonzero(codes == value), generator) for value in values}
        turns = _turns(values, generator)
        return tuple(np.array([next(dealt[value]) for value in islice(turns, len(batch))]) for batch in batches)


def _dealt(rows: Codes, generator: np.random.Generator) -> Iterator[int]:
    """The rows in a drawn order without end, all of them before any comes again."""
    while True:
        yield from generator.permutation(rows).tolist()


def _turns(values: Codes, generator: np.random.Generator) -> Iterator[int]:
    """The values without end, each as often as the others: any so many in a row have of each as many, but for one."""
    order = generator.permutation(values).tolist()
    while True:
        yield from order
