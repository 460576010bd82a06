"""Export of a store's rounds and import into a new store, part by part; the folder is whole or not there."""

import json
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fedser.artifacts.files import write_atomic, write_json
from fedser.errors import CaptureError, ConfigError
from fedser.updates.capture import Capture
from fedser.updates.exchange.layouts import LAYOUTS, Format, arrays_of
from fedser.updates.exchange.metadata import refuse_untold
from fedser.updates.exchange.reading import read_part
from fedser.updates.public import PublicParameters
from fedser.updates.round_files import part_path
from fedser.updates.store import UpdateStore
from fedser.updates.update import Arrays
from fedser.updates.writer import StoreWriter

SCHEMA = "schema.json"

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def export_store(
    store: UpdateStore,
    out: Path,
    kind: Format,
    rounds: Collection[int] | None = None,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write ``rounds`` (all where None) of ``store`` into the new folder ``out``; gives the number of updates, where a
    group's counts for each of its clients.

    Raises ConfigError where a round was not captured, ``out`` is there, or ``kind`` cannot hold the capture.
    """
    layout, public = LAYOUTS[kind], store.public
    _refuse(store, kind, rounds)
    updates, total = 0, sum(rounds is None or row.round in rounds for row in store.rows())
    with _new_folder(out) as folder:
        public.save(folder)
        write_json(folder / SCHEMA, {"format": kind, "version": 1, "files": dict(layout.about)})
        for seen in store.read(rounds):
            path = part_path(folder, seen.number, seen.part, seen.parts)
            _write_arrays(path.with_suffix(".npz"), arrays_of(layout, public, seen))
            header = {"round": seen.number, "part": seen.part, "parts": seen.parts}
            examples = {each.client: each.examples for each in seen.updates}
            more = dict(layout.more(public, seen.updates))
            if members := {each.client: each.members for each in seen.updates if each.members}:
                more["members"] = members
            write_json(path.with_suffix(".json"), header | {"examples": examples} | more)
            updates += sum(len(each.senders) for each in seen.updates)
            progress(updates, total)
    return updates


def import_store(exported: Path, out: Path, progress: Progress = lambda done, total: None) -> UpdateStore:
    """Make the new store ``out`` of a folder that ``export_store``, or another program, has written.

    Raises CaptureError where a file is missing, damaged or of other shapes than ``public.json`` says, and ConfigError
    where ``out`` is there.
    """
    layout, public = LAYOUTS[_kind(exported)], PublicParameters.load(exported)
    files = sorted(exported.glob("round-*.json"))
    if not files:
        raise CaptureError(f"{exported}: no round here (round-*.json)")
    with _new_folder(out) as folder:
        writer, model = StoreWriter(folder, public, Capture()).begin(), dict[str, Arrays]()
        for done, path in enumerate(files, 1):
            seen = read_part(path, layout, public, model)
            writer(seen)
            progress(done, len(files))
        _refuse_incomplete(folder, exported, files)
    return UpdateStore(out)


def _refuse(store: UpdateStore, kind: Format, rounds: Collection[int] | None) -> None:
    missing = sorted(set(rounds or ()) - set(store.rounds))
    if missing or not store.rounds:
        there = f"{store.rounds[0]} to {store.rounds[-1]}" if store.rounds else "none"
        raise ConfigError(f"--rounds: not captured: {', '.join(map(str, missing)) or 'any'} (captured: {there})")
    if store.reductions:
        raise ConfigError(f"{store.folder}: holds reductions, no updates to export (capture.store: updates)")
    if kind == "breaching":
        if store.grouped:
            raise ConfigError(
                f"--format breaching: its attacks take one client's update, and {store.public.training} holds those of"
                " groups of clients (choose --format npz)"
            )
        whole = store.arrays(store.rounds[0], store.rows()[0].client)
        if len(whole) < len(store.names):
            raise ConfigError("--format breaching: needs every layer (capture.layers: all), or choose --format npz")
        refuse_untold(store.public)


def _refuse_incomplete(folder: Path, exported: Path, files: list[Path]) -> None:
    numbers = {int(path.name[len("round-") :].split(".")[0]) for path in files}
    lacking = sorted(numbers - set(UpdateStore(folder).rounds))
    if lacking:
        raise CaptureError(f"{exported}: parts are missing of round {', '.join(map(str, lacking))}")


def _kind(exported: Path) -> Format:
    path = exported / SCHEMA
    try:
        kind = json.loads(path.read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaptureError(f"{path}: not the schema of an exported capture ({error})") from error
    if kind not in LAYOUTS:
        raise CaptureError(f"{path}: format: {kind!r} is unknown (choose from {', '.join(LAYOUTS)})")
    return kind  # type: ignore[no-any-return]  # one of the two, as was just seen


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    if out.exists():
        raise ConfigError(f"{out}: is there already; choose another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    folder.mkdir()
    try:
        yield folder
        folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_arrays(path: Path, arrays: Arrays) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)

    write_atomic(path, write)
