"""Finished trainings that several runs share: what was made from the same data in the same way is made once.

A run's stages have keys of their own, in which the whole configuration of the features stands, shadow corpora and all.
What decides a training is less: its simulation, what is captured, and the content of its data. Files are linked, not
copied, where the disk allows it: every file of a finished training is only ever replaced, never written into.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fedser.artifacts.files import write_json
from fedser.artifacts.manifest import MANIFEST, adopt_stage, is_complete, key_in, stage_key


@dataclass(frozen=True)
class Made:
    """What a stage makes: its name, config, inputs and seed as its manifest has them.

    ``content`` gives the hashes of what it is made from, and may have to read all of that.
    """

    stage: str
    config: Mapping[str, Any]
    inputs: Mapping[str, str]
    seed: int
    content: Callable[[], Mapping[str, str]]

    @property
    def key(self) -> str:
        """The key of its manifest."""
        return stage_key(self.config, self.inputs)

    @cached_property
    def identity(self) -> str:
        """The same for all that cannot but have the same result."""
        return stage_key({"stage": self.stage, "config": dict(self.config)}, self.content())


@dataclass(frozen=True)
class Shared:
    """``folder`` says of each identity where it was made; without one, nothing is shared."""

    folder: Path | None = None

    def take(self, place: Path, made: Made) -> bool:
        """Whether the same was made elsewhere, and now is in ``place`` too."""
        source = self._source(made)
        if source is None or source == place.absolute():
            return False
        shutil.rmtree(place, ignore_errors=True)
        _link(source, place)
        adopt_stage(place, source, made.stage, made.config, made.inputs, made.seed)
        return True

    def give(self, place: Path, made: Made) -> None:
        """Tell others that it was made in ``place``."""
        if self.folder is not None and self._source(made) is None and is_complete(place, made.key):
            write_json(self._note(made), {"folder": os.path.relpath(place, self.folder), "key": key_in(place)})

    def _source(self, made: Made) -> Path | None:
        """Where it was made, unless something else lies there now."""
        if self.folder is None or not self._note(made).is_file():
            return None
        note = json.loads(self._note(made).read_text(encoding="utf-8"))
        place = Path(os.path.normpath(self.folder.absolute() / note["folder"]))
        return place if is_complete(place, note["key"]) else None

    def _note(self, made: Made) -> Path:
        assert self.folder is not None
        return self.folder / f"{made.identity}.json"


NOTHING_SHARED = Shared()


def _link(source: Path, place: Path) -> None:
    """The files of ``source`` in ``place`` too, without its manifest: a copy without one counts as not begun."""
    shutil.copytree(source, place, copy_function=_linked, ignore=lambda folder, names: _not_linked(source, folder))


def _not_linked(source: Path, folder: str) -> list[str]:
    return [MANIFEST] if Path(folder) == source else []


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links, or too many of them
        shutil.copy2(source, target)
    return target
