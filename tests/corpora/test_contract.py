"""What holds of every corpus reader in the union, on a small corpus in its own layout."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pandas as pd
import pydantic
import pytest

from fedser.audio import read_audio
from fedser.config import Frozen
from fedser.corpora import CorpusConfig, CorpusReader, ReadContext
from fedser.corpora.corpus import UTTERANCE_COLUMNS
from fedser.corpora.labels import EMOTIONS, NUMBER_LABELS
from fedser.errors import InputError

READERS = get_args(get_args(CorpusConfig)[0])
NAMES = [reader.model_fields["name"].default for reader in READERS]
ON_DISK = [name for name, reader in zip(NAMES, READERS, strict=True) if "path" in reader.model_fields]
GENDERS = {"female", "male"}


class Experiment(Frozen):
    corpus: CorpusConfig


def test_every_reader_has_a_small_corpus_here(builders: Mapping) -> None:
    assert sorted(builders) == sorted(NAMES)


@pytest.mark.parametrize("reader", READERS, ids=NAMES)
def test_it_says_what_it_is(reader: type[CorpusReader]) -> None:
    assert 20 < len(reader.summary()) <= 120
    assert reader.summary().endswith(".")
    assert reader.source


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_the_tables(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    corpus = reader.read(context)
    assert corpus.name == reader.corpus
    assert list(corpus.utterances.index) == list(range(len(corpus.utterances)))
    known = [column for column in corpus.utterances.columns if column in UTTERANCE_COLUMNS]
    assert list(corpus.utterances.columns[: len(known)]) == known == sorted(known, key=UTTERANCE_COLUMNS.index)
    assert set(corpus.utterances["speaker"]) == set(corpus.speakers["speaker"])
    assert list(corpus.speakers["speaker"]) == sorted(corpus.speakers["speaker"])


@pytest.mark.parametrize("name", NAMES)
def test_labels_and_genders_have_their_one_name(name: str, builders: Mapping, context: ReadContext) -> None:
    corpus = builders[name](context.data_root).read(context)
    if "emotion" in corpus.labels:
        assert set(corpus.utterances["emotion"].dropna()) <= set(EMOTIONS)
    for label in corpus.labels:
        assert corpus.utterances[label].nunique() > 1
        assert pd.api.types.is_float_dtype(corpus.utterances[label]) == (label in NUMBER_LABELS)
    for attribute in {"gender", "sex"} & set(corpus.attributes):
        assert set(corpus.speakers[attribute].dropna()) == GENDERS


@pytest.mark.parametrize("name", NAMES)
def test_every_utterance_has_its_file_or_its_text(name: str, builders: Mapping, context: ReadContext) -> None:
    corpus = builders[name](context.data_root).read(context)
    assert all(path.is_absolute() and path.is_file() for path in corpus.paths)
    if corpus.media == "audio":
        assert all(len(read_audio(path, 16000)) for path in corpus.paths)
    if "text" in corpus.utterances:
        assert corpus.utterances["text"].str.strip().ne("").all()


@pytest.mark.parametrize("name", NAMES)
def test_reading_again_gives_the_same(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    first, second = reader.read(context), reader.read(context)
    assert first.utterances.equals(second.utterances)
    assert first.speakers.equals(second.speakers)
    assert first.dropped == second.dropped


@pytest.mark.parametrize("name", NAMES)
def test_where_every_file_is_there_the_survey_is_what_is_read(
    name: str, builders: Mapping, context: ReadContext
) -> None:
    reader = builders[name](context.data_root)
    read = reader.read(context)
    for told in (reader.survey(context), reader.tables(context)):
        assert told.utterances.equals(read.utterances)
        assert told.speakers.equals(read.speakers)
        assert told.dropped == read.dropped


@pytest.mark.parametrize("name", NAMES)
def test_the_data_root_is_only_read(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    before = sorted(context.data_root.rglob("*"))
    reader.read(context)
    assert sorted(context.data_root.rglob("*")) == before


@pytest.mark.parametrize("name", NAMES)
def test_its_configuration_survives_a_file(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    text = json.dumps({"corpus": reader.model_dump(mode="json")})
    assert Experiment.model_validate_json(text).corpus == reader


@pytest.mark.parametrize("name", NAMES)
def test_its_name_must_serve_as_a_file_name(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    with pytest.raises(pydantic.ValidationError, match=r"should be letters, digits, '\.', '_' and '-'.* got 'a/b'"):
        type(reader).model_validate({**reader.model_dump(), "corpus": "a/b"})


@pytest.mark.parametrize("name", ON_DISK)
def test_a_missing_corpus_says_what_to_set(name: str, builders: Mapping, context: ReadContext, tmp_path: Path) -> None:
    reader = builders[name](tmp_path / "elsewhere")
    with pytest.raises(InputError) as caught:
        reader.read(context)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{context.data_root / reader.path}: no such f")
    assert lines[-1] == (
        f"  Its place is data_root ({context.data_root}; --set data_root=DIR or the environment variable FEDSER_DATA)"
        f" and the corpus's path ({reader.path})."
    )


@pytest.mark.parametrize("name", [name for name in ON_DISK if name != "manifest"])
def test_a_path_one_level_off_says_where_the_corpus_is(name: str, builders: Mapping, context: ReadContext) -> None:
    reader = builders[name](context.data_root)
    folder = context.place(reader.path)
    inner = folder / "Audio_Speech_Actors_01-24"  # RAVDESS may also be given by this one
    deep = min((inner if inner.is_dir() else folder).iterdir())
    for wrong, right in ((folder.parent, folder), (deep, deep.parent)):
        with pytest.raises(InputError) as caught:
            reader.model_copy(update={"path": str(wrong)}).read(context)
        assert str(caught.value).startswith(f"{wrong}: ")
        assert str(caught.value).endswith(f" is not there but in {right}; its path should be that")


@pytest.mark.parametrize("name", ON_DISK)
def test_an_absolute_path_needs_no_data_root(
    name: str, builders: Mapping, context: ReadContext, tmp_path: Path
) -> None:
    reader = builders[name](tmp_path / "elsewhere")
    moved = reader.model_copy(update={"path": str(tmp_path / "elsewhere" / reader.path)})
    assert len(moved.read(context).utterances) > 1


@pytest.mark.parametrize("name", ON_DISK)
def test_tables_may_be_git_lfs_pointers(name: str, builders: Mapping, context: ReadContext, pointer: str) -> None:
    reader = builders[name](context.data_root)
    tables = sorted(context.data_root.rglob("*.csv"))
    if not tables:
        pytest.skip(f"{name} has no tables")
    for table in tables:
        table.write_text(pointer)
    with pytest.raises(InputError) as caught:
        reader.read(context)
    for line in str(caught.value).splitlines():
        assert re.fullmatch(r"/.+: 1 of 1 files are git-lfs pointers \(.+\.csv\); run `git lfs pull` .+", line)


@pytest.mark.parametrize("name", ON_DISK)
def test_git_lfs_pointers_are_refused_before_any_work(
    name: str, builders: Mapping, context: ReadContext, pointer: str
) -> None:
    reader = builders[name](context.data_root)
    files = reader.read(context).paths
    if not files:
        pytest.skip(f"{name} is text alone")
    for file in files[:2]:
        file.write_text(pointer)
    with pytest.raises(InputError) as caught:
        reader.read(context)
    assert str(caught.value).endswith(
        f": 2 of {len(files)} files are git-lfs pointers ({files[0].name}, {files[1].name});"
        " run `git lfs pull` in that repository"
    )
