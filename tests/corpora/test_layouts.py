"""EmoDB and RAVDESS: what the names mean, wrong layouts, and the true counts of the real corpora."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fedser.corpora import CorpusReader, ReadContext
from fedser.corpora.emodb import EmoDB
from fedser.corpora.layout import below
from fedser.corpora.ravdess import RAVDESS
from fedser.errors import InputError


def refusal(reader: CorpusReader, context: ReadContext) -> str:
    with pytest.raises(InputError) as caught:
        reader.read(context)
    return str(caught.value)


def test_emodb_names(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["emodb"](context.data_root).read(context)
    utterances = corpus.utterances[["utterance", "speaker", "emotion", "sentence"]]
    assert utterances.values.tolist() == [
        ["03a01Fa", "03", "happy", "a01"],
        ["03a01Nc", "03", "neutral", "a01"],
        ["08a02Wb", "08", "angry", "a02"],
        ["08b03La", "08", "bored", "b03"],
        ["14a04Ec", "14", "disgust", "a04"],
        ["14a05Ab", "14", "fearful", "a05"],
        ["16b10Td", "16", "sad", "b10"],
    ]
    assert corpus.speakers.values.tolist() == [
        ["03", "male", 31],
        ["08", "female", 34],
        ["14", "female", 35],
        ["16", "female", 31],
    ]


def test_ravdess_names(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["ravdess"](context.data_root).read(context)
    first = corpus.utterances[corpus.utterances["speaker"] == "01"]
    order = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
    assert first["emotion"].tolist() == order
    assert first["intensity"].tolist() == ["normal"] + ["strong"] * 7
    assert set(corpus.utterances["sentence"]) == {"01"}
    assert corpus.speakers.values.tolist() == [["01", "male"], ["02", "female"], ["11", "male"], ["24", "female"]]


@pytest.mark.parametrize("folder", ["Audio_Speech_Actors_01-24", "."])
def test_ravdess_is_found_with_and_without_its_upper_folder(
    folder: str, context: ReadContext, make_sound: Callable[..., Path]
) -> None:
    make_sound(context.data_root / "ravdess" / folder / "Actor_01" / "03-01-05-01-02-01-01.wav")
    assert RAVDESS().read(context).utterances["emotion"].tolist() == ["angry"]


@pytest.mark.parametrize(
    ("calm", "neutral", "dropped"), [("keep", 4, {}), ("neutral", 8, {}), ("drop", 4, {"calm": 4})]
)
def test_calm_utterances(
    calm: str, neutral: int, dropped: dict[str, int], builders: Mapping, context: ReadContext
) -> None:
    builders["ravdess"](context.data_root)
    corpus = RAVDESS.model_validate({"calm": calm}).read(context)
    counts = corpus.utterances["emotion"].value_counts()
    assert (counts["neutral"], counts.get("calm", 0), corpus.dropped) == (neutral, 4 * (calm == "keep"), dropped)


def test_song_is_left_out_and_counted(context: ReadContext, make_sound: Callable[..., Path]) -> None:
    for stem in ("03-01-05-01-02-01-01", "03-02-05-01-02-01-01", "03-02-04-01-02-01-01"):
        make_sound(context.data_root / "ravdess" / "Actor_01" / f"{stem}.wav")
    corpus = RAVDESS().read(context)
    assert corpus.utterances["utterance"].tolist() == ["03-01-05-01-02-01-01"]
    assert corpus.dropped == {"song": 2}


def test_a_missing_corpus_says_where_to_get_it(context: ReadContext) -> None:
    emodb, ravdess = refusal(EmoDB(), context), refusal(RAVDESS(path="speech/ravdess"), context)
    assert emodb.splitlines()[:2] == [
        f"{context.data_root}/emodb: no such folder; EmoDB belongs there.",
        "  Get it from http://emodb.bilderbar.info/download.",
    ]
    assert ravdess.splitlines()[:2] == [
        f"{context.data_root}/speech/ravdess: no such folder; RAVDESS belongs there.",
        "  Get it from https://zenodo.org/records/1188976 (Audio_Speech_Actors_01-24.zip).",
    ]


def test_a_file_in_the_place_of_the_folder(context: ReadContext) -> None:
    (context.data_root / "emodb").touch()
    assert refusal(EmoDB(), context) == f"{context.data_root}/emodb: a file, where the folder of EmoDB should be"


def test_an_empty_folder(context: ReadContext) -> None:
    (context.data_root / "emodb" / "wav").mkdir(parents=True)
    assert refusal(EmoDB(), context) == (
        f"{context.data_root}/emodb: an empty folder; EmoDB has files such as wav/03a01Fa.wav"
    )


def test_another_layout_shows_what_was_found(context: ReadContext, make_sound: Callable[..., Path]) -> None:
    for name in ("b/2.wav", "a/1.wav", "c.txt", "d/e/3.wav"):
        make_sound((context.data_root / "ravdess" / name).with_suffix(".wav"))
    assert refusal(RAVDESS(), context) == (
        f"{context.data_root}/ravdess: no audio file where it should be (found c.wav, a/1.wav, b/2.wav);"
        " RAVDESS has files such as Audio_Speech_Actors_01-24/Actor_01/03-01-01-01-01-01-01.wav"
    )


def test_folders_that_are_links_are_looked_through_once(context: ReadContext, make_sound: Callable[..., Path]) -> None:
    root = context.data_root
    made = [make_sound(root / "disk" / "b" / "1.wav"), make_sound(root / "a" / "2.wav")]
    (root / "a" / "link").symlink_to(root / "disk", target_is_directory=True)
    (root / "disk" / "circle").symlink_to(root / "a", target_is_directory=True)
    assert list(below(root / "a")) == [made[1], root / "a" / "link" / "b" / "1.wav"]


def test_strange_names_are_listed(context: ReadContext, make_sound: Callable[..., Path]) -> None:
    for stem in ("03a01Fa", "04a01Fa", "03a01Xa", "copy of 03a01Fa", ".03a01Fa"):
        make_sound(context.data_root / "emodb" / "wav" / f"{stem}.wav")
    assert refusal(EmoDB(), context) == (
        f"{context.data_root}/emodb: 3 of 4 audio files are not named as in EmoDB (wav/03a01Fa.wav):"
        " 03a01Xa.wav, 04a01Fa.wav, copy of 03a01Fa.wav"
    )


def test_one_utterance_in_two_formats(context: ReadContext, make_sound: Callable[..., Path]) -> None:
    wav, flac = (make_sound(context.data_root / "emodb" / "wav" / f"03a01Fa{suffix}") for suffix in (".wav", ".flac"))
    assert refusal(EmoDB(), context) == f"{wav}: the same utterance as {flac}; keep one of them"


def test_the_real_ravdess(shared_data: Path, tmp_path: Path) -> None:
    corpus = RAVDESS().read(ReadContext(shared_data, tmp_path))
    assert len(corpus.utterances) == 1440
    assert corpus.speakers["gender"].value_counts().to_dict() == {"female": 12, "male": 12}
    assert corpus.utterances.groupby("speaker").size().unique().tolist() == [60]
    counts = corpus.utterances["emotion"].value_counts().to_dict()
    assert counts.pop("neutral") == 96
    assert set(counts.values()) == {192}


def test_the_real_emodb(shared_data: Path, tmp_path: Path) -> None:
    corpus = EmoDB().read(ReadContext(shared_data, tmp_path))
    assert corpus.utterances["emotion"].value_counts().to_dict() == {
        "angry": 127,
        "neutral": 79,
        "happy": 71,
        "sad": 62,
    }
    assert corpus.speakers["gender"].value_counts().to_dict() == {"male": 5, "female": 5}
    assert corpus.speakers["age"].sum() == 297
