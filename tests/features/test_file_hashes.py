"""Hashes of files: what is remembered, and what is read again."""

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from fedser.errors import InputError
from fedser.features import hashes


def file_hashes(paths: list[Path], folder: Path, threads: int) -> list[str | OSError]:
    return hashes.file_hashes([str(path) for path in paths], folder, threads)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files in two folders."""
    paths = [tmp_path / "corpus" / name for name in ("a/1.wav", "a/2.wav", "b/1.wav")]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * 100)
    return paths


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that have been read."""
    seen: list[Path] = []

    def hashed(path: Path) -> str:
        seen.append(path)
        return true_hash(path)

    monkeypatch.setattr(hashes, "file_hash", hashed)
    return seen


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files have been left alone for an hour."""
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3600 * 10**9)


def true_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_has_not_changed_is_not_read_again(files, read, later, tmp_path) -> None:
    for _ in range(2):
        assert file_hashes(files, tmp_path / "cache", 2) == [true_hash(path) for path in files]
        assert sorted(read) == sorted(files)
    assert file_hashes(files[:1], tmp_path / "cache", 1) == [true_hash(files[0])]


def test_what_has_just_been_written_is_not_remembered(files, read, tmp_path) -> None:
    """It might change again before the clock of the file system moves."""
    for _ in range(2):
        file_hashes(files, tmp_path / "cache", 1)
    assert sorted(read) == sorted(2 * files)


@pytest.mark.parametrize("change", ["content", "content of equal size and times", "replaced"])
def test_a_changed_file_alone_is_read_again(files, read, later, tmp_path, change: str) -> None:
    file_hashes(files, tmp_path / "cache", 1)
    read.clear()
    path, before = files[1], files[1].stat()
    if change == "content":
        path.write_bytes(b"something longer" * 100)
    elif change == "replaced":
        shutil.copy2(path, tmp_path / "other")
        (tmp_path / "other").replace(path)
    else:
        time.sleep(0.02)  # more than a tick of the kernel's clock
        path.write_bytes(b"x" * 100)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file_hashes(files, tmp_path / "cache", 1) == [true_hash(path) for path in files]
    assert read == [path]


def test_a_file_that_changes_while_it_is_read_is_not_remembered(files, later, tmp_path, monkeypatch) -> None:
    def hashed(path: Path) -> str:
        value = true_hash(path)
        if path == files[0]:
            path.write_bytes(b"written meanwhile")
        return value

    with monkeypatch.context() as patch:
        patch.setattr(hashes, "file_hash", hashed)
        file_hashes(files, tmp_path / "cache", 1)
    assert file_hashes(files, tmp_path / "cache", 1) == [true_hash(path) for path in files]


def test_what_cannot_be_read_is_told_and_read_once_it_can(files, later, tmp_path) -> None:
    files[2].unlink()
    found = file_hashes(files, tmp_path / "cache", 1)
    assert isinstance(found[2], FileNotFoundError)
    assert found[:2] == [true_hash(path) for path in files[:2]]
    files[2].write_bytes(b"there")
    assert file_hashes(files, tmp_path / "cache", 1)[2] == true_hash(files[2])


def test_another_part_of_the_corpus_forgets_nothing(files, read, later, tmp_path) -> None:
    for chosen in (files[:2], files, files[1:], files):
        file_hashes(chosen, tmp_path / "cache", 1)
    assert read.count(files[1]) <= 2  # below their common folder, and below that of the first two


def test_a_damaged_book_is_refused_by_name(files, later, tmp_path) -> None:
    file_hashes(files, tmp_path / "cache", 1)
    (book,) = (tmp_path / "cache").iterdir()
    for text in (book.read_text()[:80], "{}", "a b c"):
        book.write_text(text)
        with pytest.raises(InputError, match=r"\.txt: damaged hashes \(.*\); delete this file and run again"):
            file_hashes(files, tmp_path / "cache", 1)


def test_no_files_are_no_hashes(tmp_path) -> None:
    assert file_hashes([], tmp_path, 1) == []
