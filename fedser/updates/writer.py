"""Writes what the server sees of one training into a store: a frozen value, which any process can carry."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from fedser.updates.capture import Capture
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.round_files import remove_other_cuts
from fedser.updates.shard import write_reductions, write_updates
from fedser.updates.update import Round


@dataclass(frozen=True)
class StoreWriter:
    """Writes the parts of rounds, each in a file of its own, from whichever process has trained its clients.

    ``reductions`` are what is kept in place of whole updates. Raises ConfigError as ``Capture.check`` does; writes
    nothing before ``begin``.
    """

    folder: Path
    public: PublicParameters
    capture: Capture
    reductions: tuple[ReductionConfig, ...] = ()

    def __post_init__(self) -> None:
        self.capture.check(self.public.parameters, self.reductions)

    def begin(self) -> Self:
        """Make the folder and describe the training in it, once, at the server; what is there of it is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.public.save(self.folder)
        return self

    def keeps_round(self, number: int) -> bool:
        """Whether round ``number`` (from 1) is written."""
        return self.capture.keeps_round(number)

    def __call__(self, seen: Round) -> None:
        """Write one part of a round, if the capture keeps it; raises CaptureError where the disk is full.

        The first part takes the place of what was there of the round cut otherwise, as a crash may leave it.
        """
        if not self.keeps_round(seen.number):
            return
        if seen.part == 0:
            remove_other_cuts(self.folder, seen.number, seen.parts)
        if self.reductions:
            write_reductions(self.folder, seen, self.reductions, self.public)
        else:
            write_updates(self.folder, self._kept(seen), self.capture.precision, self.public.sends == "parameters")

    def _kept(self, seen: Round) -> Round:
        keeps = self.capture.keeps
        updates = (replace(u, arrays={k: v for k, v in u.arrays.items() if keeps(k)}) for u in seen.updates)
        return replace(seen, updates=tuple(updates))
