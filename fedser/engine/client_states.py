"""What clients keep from one of their rounds to the next, where a defense has them keep something: files of their own.

Whichever process trains a client reads what it has kept and writes what it keeps, as it does with captured updates:
nothing of it travels, and nothing is held for clients that have not taken part. It lies beside the captured updates and
not among them, since it never leaves the client.

A file is what was kept after one round, and those of the rounds before are there until no checkpoint needs them. So a
training goes on from its last checkpoint, whatever was written since, and a client that is trained twice in a round,
such as where a worker has died, sends the same twice.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from fedser.artifacts.files import half_written
from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError
from fedser.updates.round_files import captured_rounds, part_path
from fedser.updates.update import Arrays

Kept = Mapping[int, Arrays]
"""By the place of a defense among those that act on the update, what it has the client keep; and what is its OWN."""

OWN = -1
"""In place of a defense's: the parameters that are the client's own."""


@dataclass(frozen=True)
class ClientStates:
    """The clients of one training, each of which has a folder in ``folder``."""

    folder: Path

    def before(self, client: str, number: int) -> Kept:
        """What ``client`` has kept when round ``number`` begins: nothing in its first one.

        Raises CaptureError where it cannot be read.
        """
        earlier = [path for kept, path in self._files(client).items() if kept < number]
        return _read(earlier[-1]) if earlier else {}

    def keep(self, client: str, number: int, kept: Kept) -> None:
        """Write what ``client`` keeps of round ``number``; a full disk raises CaptureError."""
        tensors = {f"{place}/{name}": array for place, arrays in kept.items() for name, array in arrays.items()}
        folder = self._folder(client)
        write_tensors(part_path(folder, number), tensors, {"client": client, "round": number}, "client's state")
        for half in half_written(folder):  # by whoever was killed while this client was trained
            half.unlink(missing_ok=True)

    def forget(self, clients: Iterable[str], number: int) -> None:
        """Remove what ``clients`` had kept before what they have after round ``number``: no one goes back beyond it."""
        for client in clients:
            earlier = [path for kept, path in self._files(client).items() if kept <= number]
            for path in earlier[:-1]:
                path.unlink(missing_ok=True)

    def _files(self, client: str) -> dict[int, Path]:
        """By round, ascending."""
        folder = self._folder(client)
        rounds = captured_rounds(folder) if folder.is_dir() else {}
        return {number: path for number, (path,) in rounds.items()}

    def _folder(self, client: str) -> Path:
        """A client's name may hold what no file's can."""
        return self.folder / hashlib.blake2b(client.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> Kept:
    kept: dict[int, dict[str, Any]] = {}
    try:
        with safe_open(path, framework="np") as stored:
            file: Any = stored
            json.loads(file.metadata()["fedser"])
            for key in file.keys():  # noqa: SIM118 - it is no mapping
                place, _, name = key.partition("/")
                kept.setdefault(int(place), {})[name] = file.get_tensor(key)
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise CaptureError(
            f"{path}: not a readable client's state ({error}); delete its training's folder to start again"
        ) from error
    return kept
