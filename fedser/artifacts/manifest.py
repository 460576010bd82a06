"""The manifest of a stage: what it was made from, by which versions, from when to when.

A folder whose manifest is complete and bears the same key needs no work; any other is redone or resumed.
"""

import json
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fedser import __version__
from fedser.artifacts.files import value_hash, write_json
from fedser.errors import InputError

MANIFEST = "manifest.json"
_PACKAGES = ("fedser", "torch", "numpy", "flwr", "ray", "opensmile", "scikit-learn")


def stage_key(config: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """The hash that decides whether a finished stage may be reused: not by another version of this code."""
    return value_hash({"config": dict(config), "inputs": dict(inputs), "fedser": __version__})


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest in ``folder``, or None where there is none; raises InputError when it is damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not readable ({error}): delete {folder} and run again") from error
    missing = [key for key in ("stage", "key", "end") if key not in manifest]
    if missing:
        raise InputError(f"{path}: not the manifest of a stage ({', '.join(missing)} missing)")
    return dict(manifest)


def is_complete(folder: Path, key: str) -> bool:
    """Whether ``folder`` holds the finished stage that ``key`` describes."""
    manifest = read_manifest(folder)
    return manifest is not None and manifest["key"] == key and manifest["end"] is not None


def key_in(folder: Path) -> str:
    """The key of the stage in ``folder``, finished or not; empty where there is none."""
    manifest = read_manifest(folder)
    return str(manifest["key"]) if manifest else ""


def forget_other(folder: Path, key: str) -> None:
    """Remove ``folder``, unless it holds what ``key`` describes, half done: that is gone on with."""
    if key_in(folder) != key:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stage(folder: Path, name: str, config: Mapping[str, Any], inputs: Mapping[str, str], seed: int) -> Iterator[str]:
    """Write the manifest when the stage begins, and its end once the body has succeeded; yields the key."""
    end = begin_stage(folder, name, config, inputs, seed)
    yield stage_key(config, inputs)
    end()


def adopt_stage(
    folder: Path, source: Path, name: str, config: Mapping[str, Any], inputs: Mapping[str, str], seed: int
) -> None:
    """Write the manifest of a stage whose result was made in ``source``, when and by what is told there."""
    made = read_manifest(source)
    assert made is not None
    own = _manifest(name, config, inputs, seed)
    write_json(folder / MANIFEST, own | {key: made[key] for key in ("start", "end", "versions")})


def once(
    folder: Path,
    name: str,
    config: Mapping[str, Any],
    inputs: Mapping[str, str],
    seed: int,
    make: Callable[[], None],
) -> None:
    """Let ``make`` fill ``folder``, unless it holds that stage finished; what is half done is there to go on with."""
    key = stage_key(config, inputs)
    if is_complete(folder, key):
        return
    forget_other(folder, key)
    with stage(folder, name, config, inputs, seed):
        make()


def begin_stage(
    folder: Path, name: str, config: Mapping[str, Any], inputs: Mapping[str, str], seed: int
) -> Callable[[], None]:
    """Write the manifest of a stage that begins; to be called once it has succeeded, what writes its end."""
    manifest = _manifest(name, config, inputs, seed)
    write_json(folder / MANIFEST, manifest)
    return lambda: write_json(folder / MANIFEST, manifest | {"end": _now()})


def _manifest(name: str, config: Mapping[str, Any], inputs: Mapping[str, str], seed: int) -> dict[str, Any]:
    return {
        "stage": name,
        "key": stage_key(config, inputs),
        "seed": seed,
        "start": _now(),
        "end": None,
        "versions": versions(),
        "inputs": dict(inputs),
        "config": dict(config),
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide a result (those that are installed)."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
