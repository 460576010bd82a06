"""Corpora whose tables are whole and whose files are not: refused, or dropped and counted."""

from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd
import pytest

from fedser.corpora import Corpus, ReadContext
from fedser.corpora.layout import by_stem
from fedser.corpora.presence import NO_FILE, TabledReader
from fedser.errors import InputError


class Tabled(TabledReader):
    """Four utterances of two speakers; only the first has words."""

    source: ClassVar[str] = "nobody"
    name: Literal["tabled"] = "tabled"
    corpus: str = "tabled"
    path: str = "tabled"
    media: Literal["audio", "text", "both"] = "audio"

    def survey(self, context: ReadContext) -> Corpus:
        ids = ["a1", "a2", "b1", "b2"]
        table = pd.DataFrame({"utterance": ids, "speaker": ["a", "a", "b", "b"], "emotion": "sad"})
        if self.media != "text":
            files = by_stem(context.place(self.path).glob("*"))
            table["path"] = [str(files[each]) if each in files else None for each in ids]
        if self.media != "audio":
            table["text"] = ["oh dear", None, None, None]
        return Corpus(self.corpus, table, pd.DataFrame({"speaker": ["a", "b"]}))


def fill(context: ReadContext, *names: str) -> Path:
    folder = context.data_root / "tabled"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("x" * 2000)
    return folder


def refusal(reader: TabledReader, context: ReadContext) -> str:
    with pytest.raises(InputError) as caught:
        reader.read(context)
    return str(caught.value)


def test_where_all_files_are_there_reading_is_the_survey(context: ReadContext) -> None:
    fill(context, "a1.wav", "a2.wav", "b1.wav", "b2.wav")
    reader = Tabled()
    assert reader.read(context).utterances.equals(reader.survey(context).utterances)
    assert reader.read(context).dropped == {}


def test_missing_files_are_refused_with_both_ways_out(context: ReadContext) -> None:
    folder = fill(context, "a1.wav", "a2.wav", "b1.wav")
    assert refusal(Tabled(), context) == (
        f"{folder}: 1 of 4 utterances have no file: b2;"
        " get them, or leave these utterances out with missing_files: drop"
    )
    assert Tabled().survey(context).utterances["path"].isna().tolist() == [False, False, False, True]


def test_missing_files_are_dropped_with_their_speakers_and_counted(context: ReadContext) -> None:
    fill(context, "a2.wav")
    corpus = Tabled(missing_files="drop").read(context)
    assert corpus.utterances["utterance"].tolist() == ["a2"]
    assert corpus.speakers["speaker"].tolist() == ["a"]
    assert corpus.dropped == {NO_FILE: 3}


@pytest.mark.parametrize("missing_files", ["error", "drop"])
def test_a_corpus_without_any_file_is_refused(missing_files: str, context: ReadContext) -> None:
    folder = fill(context)
    reader = Tabled.model_validate({"missing_files": missing_files})
    assert refusal(reader, context) == f"{folder}: 4 of 4 utterances have no file: a1, a2, b1 and 1 more"


def test_text_alone_has_no_files(context: ReadContext) -> None:
    corpus = Tabled(media="text").read(context)
    assert "path" not in corpus.utterances
    assert (len(corpus.utterances), corpus.dropped) == (4, {})


def test_text_may_be_missing_where_the_file_is_there(context: ReadContext) -> None:
    fill(context, "a1.wav", "a2.wav", "b1.wav", "b2.wav")
    corpus = Tabled(media="both").read(context)
    assert corpus.utterances["text"].isna().tolist() == [False, True, True, True]


def test_pointers_are_refused_once_all_files_are_there(context: ReadContext, pointer: str) -> None:
    folder = fill(context, "a1.wav", "a2.wav", "b1.wav")
    (folder / "b2.wav").write_text(pointer)
    assert refusal(Tabled(), context) == (
        f"{folder}: 1 of 4 files are git-lfs pointers (b2.wav); run `git lfs pull` in that repository"
    )


def test_files_are_known_by_their_stems_under_their_right_names(tmp_path: Path) -> None:
    files = [tmp_path / "b.flac", tmp_path / "a.wav", tmp_path / "C_X.wav"]
    assert by_stem(files, {"C_X": "C_XX"}) == {"a": files[1], "b": files[0], "C_XX": files[2]}


def test_two_files_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        by_stem([tmp_path / "a.wav", tmp_path / "a.flac"])
    assert str(caught.value) == f"{tmp_path}/a.wav: the same utterance as {tmp_path}/a.flac; keep one of them"


def test_a_release_unpacked_twice_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        by_stem(tmp_path / folder / f"{stem}.wav" for stem in "abc" for folder in ("Audio", "Audio2"))
    assert str(caught.value) == (
        f"{tmp_path}/Audio2/a.wav: the same utterance as {tmp_path}/Audio/a.wav (and 2 more files stand twice);"
        " keep one of them"
    )
