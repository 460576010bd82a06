"""The captured dataset of one training: a folder of rounds and the public parameters, and nothing else.

No label and no attribute ever enters it: what an attacker may know is what stands here.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from fedser.config import Frozen
from fedser.errors import CaptureError, ConfigError
from fedser.updates.public import PublicParameters
from fedser.updates.shard import Precision, Shard, shard_path, write_shard
from fedser.updates.update import Arrays, Round, layer_of, layers_of


class Capture(Frozen):
    """Which part of the updates is kept: layers by name, every n-th round, and the precision on disk."""

    layers: tuple[str, ...] | Literal["all"] = "all"
    every: int = Field(1, ge=1, description="keep each n-th round")
    precision: Precision = "float32"

    def check(self, parameters: Mapping[str, Sequence[int]]) -> None:
        """Raise ConfigError when a layer is named that is not among those of ``parameters``, or none at all."""
        if self.layers == "all":
            return
        known = layers_of(parameters)
        wrong = [name for name in self.layers if name not in known]
        if wrong or not self.layers:
            what = f"unknown {', '.join(wrong)}" if wrong else "no layer is kept"
            raise ConfigError(f"capture.layers: {what} (choose from {', '.join(known)})")

    def keeps_round(self, number: int) -> bool:
        """Whether round ``number`` (from 1) is written."""
        return (number - 1) % self.every == 0

    def kept_rounds(self, rounds: int) -> list[int]:
        """The numbers of those of ``rounds`` rounds that are written."""
        return [number for number in range(1, rounds + 1) if self.keeps_round(number)]

    def keeps(self, parameter: str) -> bool:
        """Whether a client's array of this parameter is written."""
        return self.layers == "all" or layer_of(parameter) in self.layers


class Row(NamedTuple):
    """One captured update, without its arrays."""

    training: str
    round: int
    client: str
    examples: int


class StoreWriter:
    """Observer at the server's side of the wire: writes each round as it is finished."""

    def __init__(self, folder: Path, public: PublicParameters, capture: Capture) -> None:
        capture.check(public.parameters)
        self.folder, self._public, self._capture = folder, public, capture
        folder.mkdir(parents=True, exist_ok=True)
        public.save(folder)

    def __call__(self, seen: Round) -> None:
        """Write one round, if the capture keeps it."""
        if self._capture.keeps_round(seen.number):
            write_shard(self.folder, self._kept(seen), self._capture.precision, self._public.sends == "parameters")

    def _kept(self, seen: Round) -> Round:
        updates = tuple(
            type(u)(u.round, u.client, u.examples, {k: v for k, v in u.arrays.items() if self._capture.keeps(k)})
            for u in seen.updates
        )
        return Round(seen.number, seen.broadcast, updates)


class UpdateStore:
    """Reads what a StoreWriter has written, finished or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = PublicParameters.load(folder)
        self.names = tuple(self.public.parameters)
        self._shard = lru_cache(maxsize=64)(self._open)

    @property
    def rounds(self) -> tuple[int, ...]:
        """The numbers of the rounds on disk, ascending."""
        return tuple(sorted(int(path.stem.split("-")[1]) for path in self.folder.glob("round-*.safetensors")))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that were captured, input side first; none before the first round is on disk."""
        rounds = self.rounds
        return layers_of(dict.fromkeys(self._shard(rounds[0]).captured(self.names))) if rounds else ()

    def rows(self) -> list[Row]:
        """Every captured update, by round and then client."""
        return [Row(self.public.training, n, c, k) for n in self.rounds for c, k in self._shard(n).examples.items()]

    def arrays(self, number: int, client: str, names: tuple[str, ...] | None = None) -> Arrays:
        """What ``client`` sent in round ``number``: float32 arrays of the captured parameters among ``names``."""
        return self._shard(number).arrays(client, names or self.names)

    def broadcast(self, number: int, names: tuple[str, ...] | None = None) -> Arrays:
        """The model broadcast in round ``number``."""
        return self._shard(number).broadcast(names or self.names)

    def read(self) -> Iterator[Round]:
        """The rounds one after the other, each whole in memory."""
        return (self._shard(number).round(self.names) for number in self.rounds)

    def _open(self, number: int) -> Shard:
        path = shard_path(self.folder, number)
        if not path.is_file():
            raise CaptureError(f"{self.folder}: round {number} was not captured")
        return Shard(path)
