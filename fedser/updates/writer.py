"""Writes what the server sees of one training into a store: a frozen value, which any process can carry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fedser.artifacts.files import half_written
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
        """Make the folder and describe the training in it, once, at the server, before any part is written.

        Rounds that are there are kept; what a killed process has left half-written goes.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for half in half_written(self.folder):
            half.unlink(missing_ok=True)
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
            write_updates(self.folder, seen, self.capture, self.public)
