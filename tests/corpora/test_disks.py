"""What disks do to a release on its way to a reader: it is the same corpus still."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from fedser.corpora import Corpus, CorpusConfig, CorpusReader, ReadContext

NAMES = [
    reader.model_fields["name"].default
    for reader in get_args(get_args(CorpusConfig)[0])
    if "path" in reader.model_fields
]
APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02\x81\x8d\x8f\x90\x9d"
"""How a resource fork begins; neither UTF-8 nor Windows-1252."""

pytestmark = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def reader(name: str, builders: Mapping, context: ReadContext) -> CorpusReader:
    return builders[name](context.data_root)


def told(corpus: Corpus) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int], list[str]]:
    """All that a corpus says, and its files by their names without suffix: where they lie may differ."""
    utterances = corpus.utterances.drop(columns="path", errors="ignore")
    return utterances, corpus.speakers, corpus.dropped, [path.stem for path in corpus.paths]


def assert_same(one: Corpus, other: Corpus) -> None:
    for left, right in zip(told(one), told(other), strict=True):
        assert left.equals(right) if isinstance(left, pd.DataFrame) else left == right


def files(context: ReadContext, *suffixes: str) -> list[Path]:
    return [path for path in sorted(context.data_root.rglob("*")) if path.suffix in suffixes]


def test_a_slash_at_the_end_of_the_path(reader: CorpusReader, context: ReadContext) -> None:
    if context.place(reader.path).is_file():
        pytest.skip("its path is a file")
    before = reader.read(context)
    assert_same(reader.model_copy(update={"path": reader.path + "/"}).read(context), before)


def test_folders_that_are_links(reader: CorpusReader, context: ReadContext, tmp_path: Path) -> None:
    before = reader.read(context)
    folders = [path for path in context.data_root.rglob("*") if path.is_dir()]
    for number, folder in enumerate(sorted(folders, key=lambda path: -len(path.parts))):
        folder.rename(tmp_path / f"disk{number}")
        folder.symlink_to(tmp_path / f"disk{number}", target_is_directory=True)
    assert_same(reader.read(context), before)


def test_what_macos_leaves_beside_every_file(reader: CorpusReader, context: ReadContext) -> None:
    before = reader.read(context)
    for path in [path for path in context.data_root.rglob("*") if path.is_file()]:
        path.with_name(f"._{path.name}").write_bytes(APPLE_DOUBLE)
    assert_same(reader.read(context), before)


def test_suffixes_in_capital_letters(name: str, reader: CorpusReader, context: ReadContext) -> None:
    before = reader.read(context)
    audio = files(context, ".wav", ".flac")
    if not audio or name == "manifest":
        pytest.skip(f"{name} has no audio, or names its files")
    for path in audio:
        path.rename(path.with_suffix(path.suffix.upper()))
    assert_same(reader.read(context), before)


@pytest.mark.parametrize(("start", "end"), [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n")])
def test_tables_and_texts_as_windows_writes_them(
    start: bytes, end: bytes, reader: CorpusReader, context: ReadContext
) -> None:
    before = reader.read(context)
    for path in files(context, ".csv", ".txt"):
        path.write_bytes(start + path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", end))
    assert_same(reader.read(context), before)
