"""ASED: what the names mean, names that contradict themselves, and the true counts of the real files."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.ased import ASED
from fedser.errors import InputError

Sound = Callable[..., Path]


def refusal(context: ReadContext) -> str:
    with pytest.raises(InputError) as caught:
        ASED().read(context)
    return str(caught.value)


def test_the_names(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["ased"](context.data_root).read(context)
    utterances = corpus.utterances[["utterance", "speaker", "emotion", "sentence"]]
    assert utterances.values.tolist() == [
        ["S4-04-02-01-29", "29", "sad", "04"],
        ["a5-03-01-02-50", "50", "angry", "03"],
        ["a5-03-02-02-50", "50", "angry", "03"],
        ["f2-05-02-02-63", "63", "fearful", "05"],
        ["h3-02-01-01-07", "07", "happy", "02"],
        ["n1-01-01-01-07", "07", "neutral", "01"],
        ["n1-01-02-02-50", "50", "neutral", "01"],
    ]
    assert corpus.speakers.values.tolist() == [["07", "female"], ["29", "female"], ["50", "male"], ["63", "male"]]
    assert list(corpus.utterances.columns) == ["utterance", "path", "speaker", "emotion", "sentence"]


def test_letter_number_and_folder_must_agree_and_all_that_do_not_are_named(
    builders: Mapping, context: ReadContext, make_sound: Sound
) -> None:
    root = context.data_root / "ased"
    builders["ased"](context.data_root)
    make_sound(root / "04Sad" / "a5-01-01-02-50.wav")
    make_sound(root / "04Sad" / "s1-01-01-02-50.wav")
    assert refusal(context).splitlines() == [
        f"{root}/04Sad/a5-01-01-02-50.wav: a5 belongs in 05Angry, not in 04Sad",
        f"{root}/04Sad/s1-01-01-02-50.wav: s1 belongs in 01Neutral or 04Sad, not in 04Sad",
    ]


@pytest.mark.parametrize(("choice", "utterances", "dropped"), [("keep", 8, 0), ("drop", 7, 1)])
def test_a_file_with_the_other_gender_is_its_speakers_or_left_out(
    choice: str, utterances: int, dropped: int, builders: Mapping, context: ReadContext, make_sound: Sound
) -> None:
    builders["ased"](context.data_root)
    make_sound(context.data_root / "ased" / "04Sad" / "s4-01-01-01-50.wav")
    corpus = ASED.model_validate({"odd_gender": choice}).read(context)
    assert corpus.speakers.set_index("speaker")["gender"]["50"] == "male"
    assert len(corpus.utterances) == utterances
    assert corpus.dropped == ({"gender of another speaker in its name": dropped} if dropped else {})


def test_a_speaker_who_is_as_often_one_as_the_other(builders: Mapping, context: ReadContext, make_sound: Sound) -> None:
    builders["ased"](context.data_root)
    make_sound(context.data_root / "ased" / "04Sad" / "s4-01-01-01-63.wav")
    assert refusal(context) == (
        f"{context.data_root}/ased: as many files give one gender as the other for the speakers 63"
    )


def test_a_strange_name(builders: Mapping, context: ReadContext, make_sound: Sound) -> None:
    builders["ased"](context.data_root)
    make_sound(context.data_root / "ased" / "04Sad" / "s4-01-01-03-63.wav")
    assert refusal(context) == (
        f"{context.data_root}/ased: 1 of 8 audio files are not named as in ASED (05Angry/a5-03-01-02-50.wav):"
        " s4-01-01-03-63.wav"
    )


def test_the_real_files(shared_data: Path, tmp_path: Path) -> None:
    corpus = ASED().read(ReadContext(shared_data, tmp_path))
    counts = {"neutral": 122, "fearful": 110, "happy": 106, "angry": 104, "sad": 96}
    assert len(corpus.utterances) == 538
    assert corpus.utterances["emotion"].value_counts().to_dict() == counts
    assert corpus.speakers["gender"].value_counts().to_dict() == {"male": 40, "female": 25}
    (published,) = ASED.published
    assert published.speakers["gender"] == {"male": 40, "female": 25}
    genders = corpus.utterances["speaker"].map(corpus.speakers.set_index("speaker")["gender"])
    assert genders.value_counts().to_dict() == {"male": 330, "female": 208}
    assert ASED(odd_gender="drop").read(ReadContext(shared_data, tmp_path)).dropped == {}
