"""MELD: who speaks, its tables' traps, its clips as waves, and the true counts of the real tables."""

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fedser.audio import read_audio
from fedser.corpora import CorpusReader, ReadContext
from fedser.corpora.friends import LEADS
from fedser.corpora.meld import MELD
from fedser.errors import InputError

FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}


@pytest.fixture
def folder(builders: Mapping, context: ReadContext) -> Path:
    """The small corpus, its tables alone."""
    builders["meld"](context.data_root)
    return context.data_root / "text" / "meld"


def refusal(reader: CorpusReader, context: ReadContext) -> list[str]:
    with pytest.raises(InputError) as caught:
        reader.read(context)
    return str(caught.value).splitlines()


def test_what_the_tables_tell(folder: Path, context: ReadContext) -> None:
    corpus = MELD().read(context)
    assert list(corpus.utterances.columns) == [
        *("utterance", "text", "speaker", "session", "emotion", "sentiment"),
        *("split", "dialogue", "turn"),
    ]
    assert corpus.utterances.iloc[1].tolist() == [
        *("train_dia0_utt1", "What?", "Monica", "s04e07", "surprised", "negative"),
        *("train", "train_dia0", 1),
    ]
    assert corpus.utterances["emotion"].tolist() == [
        *("sad", "surprised", "happy", "neutral", "angry", "disgust", "fearful"),
    ]
    assert corpus.speakers.fillna("?").values.tolist() == [
        ["All", "?"],
        ["Chandler", "male"],
        ["Monica", "female"],
        ["Phoebe", "female"],
        ["Ross", "male"],
        ["The Interviewer", "?"],
    ]


def test_numbers_begin_anew_in_each_table(folder: Path, context: ReadContext) -> None:
    utterances = MELD().read(context).utterances
    firsts = utterances[utterances["utterance"].str.endswith("_dia0_utt0")]
    assert firsts[["utterance", "split", "dialogue"]].values.tolist() == [
        ["train_dia0_utt0", "train", "train_dia0"],
        ["dev_dia0_utt0", "dev", "dev_dia0"],
        ["test_dia0_utt0", "test", "test_dia0"],
    ]


def test_quotes_of_older_copies_are_those_of_newer_ones(folder: Path, context: ReadContext) -> None:
    texts = MELD().read(context).utterances["text"]
    assert [texts[0], texts[2]] == ["Oh, he\u2019s lost it.", "You\u2019re a genius!"]


def test_the_leads_alone(folder: Path, context: ReadContext) -> None:
    corpus = MELD(speakers="leads").read(context)
    assert corpus.speakers["speaker"].tolist() == ["Chandler", "Monica", "Phoebe", "Ross"]
    assert corpus.dropped == {"not one of the six leads": 2}


def test_a_speaker_may_be_a_person_in_one_season(folder: Path, context: ReadContext) -> None:
    corpus = MELD(speakers="leads", unit="season").read(context)
    assert corpus.speakers.values.tolist() == [
        ["Chandler-s08", "Chandler", "male"],
        ["Monica-s04", "Monica", "female"],
        ["Monica-s08", "Monica", "female"],
        ["Phoebe-s04", "Phoebe", "female"],
        ["Ross-s01", "Ross", "male"],
    ]
    assert corpus.attributes == ("gender",)
    assert corpus.utterances["speaker"].tolist() == [
        *("Phoebe-s04", "Monica-s04", "Chandler-s08", "Monica-s08", "Ross-s01"),
    ]


def test_all_mistakes_of_all_tables_at_once(folder: Path, context: ReadContext) -> None:
    (folder / "dev_sent_emo.csv").unlink()
    table = folder / "test_sent_emo.csv"
    table.write_text(table.read_text().replace("disgust,negative,0,0", "yuck,negativ,0,?"))
    assert refusal(MELD(), context) == [
        f"{folder}/dev_sent_emo.csv: no such file; it is part of MELD (https://github.com/declare-lab/MELD)",
        f"{table}:2: Utterance_ID '?' is not a whole number",
        f"{table}:2: Emotion 'yuck' is not one of neutral, joy, surprise, anger, sadness, disgust, fear",
        f"{table}:2: Sentiment 'negativ' is not one of positive, neutral, negative",
    ]


def test_a_table_in_the_code_page_itself(folder: Path, context: ReadContext) -> None:
    table = folder / "dev_sent_emo.csv"
    table.write_bytes(table.read_bytes().replace(b"Stop it!", b"Don\x92t!"))
    assert refusal(MELD(), context) == [f"{table}: not UTF-8 text (invalid start byte at byte 107)"]


def test_audio_lies_in_a_folder_of_each_part(
    folder: Path, context: ReadContext, make_sound: Callable[..., Path]
) -> None:
    waves = [
        make_sound(folder / FOLDERS["train"] / "waves" / "dia0_utt0.wav"),
        make_sound(folder / FOLDERS["train"] / "waves" / "dia1_utt0.flac"),
        make_sound(folder / FOLDERS["dev"] / "waves" / "dia0_utt0.wav"),
        make_sound(folder / FOLDERS["test"] / "waves" / "dia0_utt1.wav"),
    ]
    # What the archives hold besides: a file system's leftovers, clips of no utterance, and the clips themselves.
    for name in ("._dia0_utt1.wav", "final_videos_testdia0_utt0.wav", "dia0_utt0.wav.part"):
        shutil.copy(waves[0], folder / FOLDERS["test"] / "waves" / name)
    (folder / FOLDERS["test"] / "dia0_utt0.mp4").touch()
    corpus = MELD(media="audio").read(context)
    assert corpus.paths == waves
    assert corpus.utterances.columns[:3].tolist() == ["utterance", "path", "text"]
    assert corpus.utterances["utterance"].tolist() == [
        *("train_dia0_utt0", "train_dia1_utt0", "dev_dia0_utt0", "test_dia0_utt1"),
    ]
    assert corpus.dropped == {"no file": 3}


def test_missing_clips_may_be_an_error(folder: Path, context: ReadContext, make_sound: Callable[..., Path]) -> None:
    make_sound(folder / FOLDERS["train"] / "waves" / "dia0_utt0.wav")
    first, advice = refusal(MELD(media="audio", missing_files="error"), context)
    assert first == (
        f"{folder}: 6 of 7 utterances have no file: train_dia0_utt1, train_dia1_utt0, train_dia1_utt1 and 3 more;"
        " get them, or leave these utterances out with missing_files: drop."
    )
    assert advice.startswith("  The clips are MP4")


def test_clips_without_waves_say_how_to_make_them(folder: Path, context: ReadContext) -> None:
    for clips in FOLDERS.values():
        (folder / clips).mkdir()
        (folder / clips / "dia0_utt0.mp4").touch()
    assert refusal(MELD(media="audio"), context) == [
        f"{folder}: 7 of 7 utterances have no file: train_dia0_utt0, train_dia0_utt1, train_dia1_utt0 and 4 more.",
        "  The clips are MP4, which libsndfile does not read; make wavs of them, in each of train_splits/,"
        " dev_splits_complete/, output_repeated_splits_test/:"
        ' mkdir waves; for f in dia*.mp4; do ffmpeg -i "$f" -ac 1 -ar 16000 "waves/${f%.mp4}.wav"; done',
    ]


def test_waves_may_be_pointers(folder: Path, context: ReadContext, pointer: str) -> None:
    wave = folder / FOLDERS["dev"] / "waves" / "dia0_utt0.wav"
    wave.parent.mkdir(parents=True)
    wave.write_text(pointer)
    assert refusal(MELD(media="audio"), context) == [
        f"{folder}: 1 of 1 files are git-lfs pointers (dia0_utt0.wav); run `git lfs pull` in that repository"
    ]


def test_what_is_known_without_audio_is_still_told(folder: Path, context: ReadContext) -> None:
    survey = MELD(media="audio").survey(context)
    assert (len(survey.utterances), survey.utterances["path"].isna().all()) == (7, True)


def test_real_speech_under_official_names(folder: Path, context: ReadContext, shared_data: Path) -> None:
    speech = sorted((shared_data / "ravdess").rglob("*.flac"))[0]
    wave = folder / FOLDERS["train"] / "waves" / "dia0_utt1.flac"
    wave.parent.mkdir(parents=True)
    shutil.copy(speech, wave)
    (path,) = MELD(media="audio").read(context).paths
    assert len(read_audio(path, 16000)) > 16000


def test_the_real_meld(shared_data: Path, tmp_path: Path) -> None:
    corpus = MELD().read(ReadContext(shared_data, tmp_path))
    (published,) = MELD.published
    assert len(corpus.utterances) == published.all_utterances == 13708
    for label, counts in published.utterances.items():
        assert corpus.utterances[label].value_counts().to_dict() == counts
    assert corpus.utterances["split"].value_counts().to_dict() == {"train": 9989, "dev": 1109, "test": 2610}
    assert corpus.utterances.groupby("split")["dialogue"].nunique().to_dict() == {
        "train": 1038,
        "dev": 114,
        "test": 280,
    }
    assert corpus.utterances.groupby("split")["speaker"].nunique().to_dict() == {"train": 260, "dev": 47, "test": 100}
    assert len(corpus.speakers) == 304
    assert not corpus.utterances["text"].str.contains(r"[\x80-\x9f]").any()
    leads = MELD(speakers="leads", unit="season").read(ReadContext(shared_data, tmp_path))
    assert (len(leads.utterances), len(leads.speakers)) == (11415, 54)
    assert leads.dropped == {"not one of the six leads": 2293}


def test_the_genders_are_those_beside_the_real_tables(shared_data: Path) -> None:
    with (shared_data / "text" / "meld" / "main_cast_gender.csv").open(newline="") as stream:
        told = {row["Speaker"]: {"F": "female", "M": "male"}[row["Gender"]] for row in csv.DictReader(stream)}
    assert told == {name.split()[0]: gender for name, gender in LEADS.items()}
