"""MuSE: both spellings of its folders, ratings in and out of context, persons and their sessions, and transcripts."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.muse import MuSE
from fedser.errors import InputError

SURVEY = "Survey Information (Questions, Data etc)"
TABLE = "Emotion data from crowdsourcing (C is when annotators had access to all previous sentences).csv"
SPLIT = "NotStressed/Audio/Non Stressed Question Monologue Audio [Sentence Split]"


@pytest.fixture
def root(builders: Mapping, context: ReadContext) -> Path:
    builders["muse"](context.data_root)
    return context.data_root / "muse"


def edit(root: Path, *changes: tuple[str, str]) -> Path:
    """The table with some text replaced, each of which must be there."""
    path = root / SURVEY / TABLE
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def refusal(context: ReadContext, **fields: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        MuSE.model_validate(fields).read(context)
    return str(caught.value).splitlines()


def test_persons(root: Path, context: ReadContext) -> None:
    corpus = MuSE().read(context)
    columns = ["utterance", "path", "text", "speaker", "valence", "activation", "stress", "question"]
    assert list(corpus.utterances.columns) == [*columns, "self_valence", "self_activation"]
    rows = corpus.utterances.set_index("utterance").drop(columns="path")
    assert rows.loc["01_q1_t1"].tolist() == [
        *("this is what 01 said of a neg thing", "01", 3.0, 5.5, "stressed", "neg", 2.0, 6.0)
    ]
    assert corpus.utterances["stress"].value_counts().to_dict() == {"not stressed": 4, "stressed": 3}
    assert corpus.speakers.values.tolist() == [["01", "male"], ["08", "female"], ["27", "female"], ["28", "male"]]
    assert corpus.labels == ("valence", "activation")
    assert corpus.dropped == {}


def test_sessions_have_the_stress(root: Path, context: ReadContext) -> None:
    corpus = MuSE(unit="session").read(context)
    assert list(corpus.speakers.columns) == ["speaker", "person", "gender", "stress"]
    assert corpus.attributes == ("gender", "stress")
    assert corpus.speakers.values.tolist() == [
        ["01-not-stressed", "01", "male", "not stressed"],
        ["01-stressed", "01", "male", "stressed"],
        ["08-not-stressed", "08", "female", "not stressed"],
        ["08-stressed", "08", "female", "stressed"],
        ["27-stressed", "27", "female", "stressed"],
        ["28-not-stressed", "28", "male", "not stressed"],
    ]
    assert "stress" not in corpus.utterances
    assert corpus.utterances.set_index("utterance")["speaker"]["01_q2_s1"] == "01-not-stressed"


@pytest.mark.parametrize(("known", "ratings"), [(False, [3.0, 5.5, 2.0, 6.0]), (True, [2.5, 5.25, 2.0, 6.0])])
def test_ratings_without_and_with_context(known: bool, ratings: list[float], root: Path, context: ReadContext) -> None:
    utterances = MuSE(context=known).read(context).utterances.set_index("utterance")
    assert utterances.loc["01_q1_t1", ["valence", "activation", "self_valence", "self_activation"]].tolist() == ratings
    assert utterances.loc["08_q1_t1", ["self_valence", "self_activation"]].isna().all()


def test_the_other_spelling_of_both_folders(root: Path, context: ReadContext) -> None:
    expected = MuSE().read(context)
    (root / SURVEY).rename(root / "SurveyInformation")
    (root / "NotStressed").rename(root / "Non Stressed")
    found = MuSE().read(context)
    assert found.utterances.drop(columns="path").equals(expected.utterances.drop(columns="path"))
    assert {path.relative_to(root).parts[0] for path in found.paths} == {"Stressed", "Non Stressed"}


def test_a_sentence_is_sought_in_its_own_session_alone(root: Path, context: ReadContext) -> None:
    stray = root / "Stressed" / "Audio" / "01_q2_s1.wav"
    shutil.copy(root / SPLIT / "01_q2_s1.wav", stray)
    assert stray not in MuSE().read(context).paths
    (root / SPLIT / "01_q2_s1.wav").unlink()
    assert refusal(context) == [
        f"{root}: 1 of 7 utterances have no file: 01_q2_s1;"
        " get them, or leave these utterances out with missing_files: drop"
    ]
    assert MuSE(missing_files="drop").read(context).dropped == {"no file": 1}


def test_one_sentence_twice_in_a_session(root: Path, context: ReadContext, make_sound: Callable[..., Path]) -> None:
    make_sound(root / "NotStressed" / "Audio" / "Again" / "01_q2_s1.flac")
    assert refusal(context) == [
        f"{root}/{SPLIT}/01_q2_s1.wav: the same utterance as {root}/NotStressed/Audio/Again/01_q2_s1.flac;"
        " keep one of them"
    ]


def test_text_alone_needs_no_audio(root: Path, context: ReadContext) -> None:
    shutil.rmtree(root / "Stressed")
    transcripts = root / "Combined" / "Utterance Transcripts"
    (transcripts / "28_q1_s1.txt").unlink()
    (transcripts / "27_q1_t1.txt").write_text(" \n")
    corpus = MuSE(media="text", unit="session").read(context)
    assert "path" not in corpus.utterances
    assert corpus.utterances["text"].str.startswith("this is what ").all()
    assert corpus.speakers["person"].tolist() == ["01", "01", "08", "08"]
    assert corpus.dropped == {"no transcript": 2}


def test_speech_may_lack_transcripts(root: Path, context: ReadContext) -> None:
    (root / "Combined" / "Utterance Transcripts" / "28_q1_s1.txt").unlink()
    text = MuSE().read(context).utterances.set_index("utterance")["text"]
    assert text.index[text.isna()].tolist() == ["28_q1_s1"]
    shutil.rmtree(root / "Combined")
    assert "text" not in MuSE().read(context).utterances
    assert refusal(context, media="text") == [
        f"{root}: no transcripts; MuSE has them in Combined/Utterance Transcripts"
    ]


@pytest.mark.parametrize(("man", "woman"), [("m", "f"), ("Male", "Female"), ("1", "2"), ("", "")])
def test_the_gender_column_may_say_it_in_any_way(man: str, woman: str, root: Path, context: ReadContext) -> None:
    expected = MuSE().read(context).speakers
    edit(root, (",M,", f",{man},"), (",F,", f",{woman},"))
    assert MuSE().read(context).speakers.equals(expected)


def test_all_rows_that_cannot_be_are_named(root: Path, context: ReadContext) -> None:
    path = edit(root, ("01_q1_s1.wav,3.2,M,NS", "29_q1_s1.wav,3.2,M,N"), ("27_q1_t1.wav,3.2,F", "27_q1_t1.wav,3.2,M"))
    edit(
        root,
        ("01_q2_s1.wav,3.2,M,NS,pos,6.5,1.1,7.0", "01_q2_s1.wav,3.2,M,NS,pos,6.5,1.1,high"),
    )
    assert refusal(context) == [
        f"{path}: Sentence_name is not a .wav of one of the speakers 01 to 28: 29_q1_s1.wav on line 2",
        f"{path}: Type is not S (stressed) or NS (not stressed): N on line 2",
        f"{path}: Gender is not that of the speaker (women are 08, 11, 17, 19, 20, 22, 23, 25, 27): M on line 7",
        f"{path}: valence is not a number on line 3: high",
    ]


def test_the_table_is_there_once(root: Path, context: ReadContext) -> None:
    shutil.copytree(root / SURVEY, root / "SurveyInformation")
    assert refusal(context) == [f"{root / SURVEY / TABLE}: the ratings lie also in SurveyInformation; keep one of them"]
    for survey in (SURVEY, "SurveyInformation"):
        shutil.rmtree(root / survey)
    assert refusal(context) == [
        f"{root / SURVEY / TABLE}: no such file (nor in SurveyInformation); it holds the ratings"
    ]


def test_a_sentence_rated_twice(root: Path, context: ReadContext) -> None:
    edit(root, ("01_q2_s1.wav", "01_q1_s1.wav"))
    assert refusal(context) == ["corpus muse: utterance given more than once: 01_q1_s1"]


def test_real_speech_under_official_names(root: Path, context: ReadContext, shared_data: Path) -> None:
    actor = sorted((shared_data / "ravdess").rglob("*-01.flac"))
    for real, path in zip(actor, MuSE().read(context).paths, strict=False):
        shutil.copy(real, path.with_suffix(".flac"))
        path.unlink()
    corpus = MuSE(unit="session", context=True).read(context)
    assert {path.suffix for path in corpus.paths} == {".flac"}
    assert len(corpus.utterances) == 7
