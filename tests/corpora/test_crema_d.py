"""CREMA-D: votes or intentions, ties, the clips that its users stumble over, its tables, and the true counts."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fedser.corpora import Corpus, ReadContext
from fedser.corpora.crema_d import CremaD
from fedser.errors import InputError

Sound = Callable[..., Path]
FOUR = ("neutral", "happy", "sad", "angry")


@pytest.fixture
def root(builders: Mapping, context: ReadContext) -> Path:
    builders["crema_d"](context.data_root)
    return context.data_root / "crema-d"


def emotions(corpus: Corpus) -> dict[str, str]:
    return dict(zip(corpus.utterances["utterance"], corpus.utterances["emotion"], strict=True))


def refusal(context: ReadContext, **fields: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        CremaD.model_validate(fields).read(context)
    return str(caught.value).splitlines()


def test_the_multimodal_votes_are_the_labels(root: Path, context: ReadContext) -> None:
    corpus = CremaD().read(context)
    assert corpus.utterances.drop(columns="path").values.tolist() == [
        ["1001_IEO_NEU_XX", "1001", "neutral", "neutral", "IEO", "unspecified"],
        ["1040_ITH_SAD_XX", "1040", "fearful", "sad", "ITH", "unspecified"],
        ["1076_DFA_DIS_XX", "1076", "disgust", "disgust", "DFA", "unspecified"],
        ["1091_IEO_ANG_HI", "1091", "angry", "angry", "IEO", "high"],
        ["1091_IEO_HAP_LO", "1091", "happy", "happy", "IEO", "low"],
    ]
    columns = ["utterance", "path", "speaker", "emotion", "intended", "sentence", "intensity"]
    assert list(corpus.utterances.columns) == columns
    assert corpus.dropped == {"no signal": 1, "tie": 1}
    assert {path.parent for path in corpus.paths} == {root / "AudioWAV"}


@pytest.mark.parametrize(
    ("labels", "happy", "fear", "dropped"),
    [
        ("voice", "neutral", "fearful", {"no signal": 1}),
        ("face", "happy", None, {"no signal": 1, "tie": 2}),
        ("intended", "happy", "fearful", {"no signal": 1}),
    ],
)
def test_other_labels(
    labels: str, happy: str, fear: str | None, dropped: dict[str, int], root: Path, context: ReadContext
) -> None:
    corpus = CremaD.model_validate({"labels": labels}).read(context)
    found = emotions(corpus)
    assert (found["1091_IEO_HAP_LO"], found.get("1076_TSI_FEA_MD")) == (happy, fear)
    assert corpus.dropped == dropped


def test_ties_may_be_a_class_of_their_own(root: Path, context: ReadContext) -> None:
    corpus = CremaD(ties="undecided").read(context)
    assert emotions(corpus)["1076_TSI_FEA_MD"] == "undecided"
    assert corpus.dropped == {"no signal": 1}


def test_the_actors(root: Path, context: ReadContext) -> None:
    speakers = CremaD().read(context).speakers
    assert speakers.astype(object).where(speakers.notna(), None).values.tolist() == [
        ["1001", "male", 51, "Caucasian", "Not Hispanic"],
        ["1040", "male", 42, "African American", "Not Hispanic"],
        ["1076", "female", 25, None, "Hispanic"],
        ["1091", "female", 29, "Asian", "Not Hispanic"],
    ]
    assert list(speakers.columns) == ["speaker", "gender", "age", "race", "ethnicity"]


@pytest.mark.parametrize("labels", ["multimodal", "intended"])
def test_the_clip_that_old_copies_misspell(labels: str, root: Path, context: ReadContext) -> None:
    right = CremaD.model_validate({"labels": labels}).read(context)
    (root / "AudioWAV" / "1040_ITH_SAD_XX.flac").rename(root / "AudioWAV" / "1040_ITH_SAD_X.flac")
    table = root / "processedResults" / "summaryTable.csv"
    table.write_text(table.read_text().replace("1040_ITH_SAD_XX", "1040_ITH_SAD_X"))
    misspelt = CremaD.model_validate({"labels": labels}).read(context)
    assert misspelt.utterances.drop(columns="path").equals(right.utterances.drop(columns="path"))
    assert misspelt.paths[1].name == "1040_ITH_SAD_X.flac"


def test_one_clip_in_two_formats(root: Path, context: ReadContext, make_sound: Sound) -> None:
    make_sound(root / "AudioWAV" / "1040_ITH_SAD_X.wav")
    assert refusal(context) == [
        f"{root}/AudioWAV/1040_ITH_SAD_XX.flac: the same utterance as {root}/AudioWAV/1040_ITH_SAD_X.wav;"
        " keep one of them"
    ]


def test_files_that_the_votes_table_does_not_know_are_counted(
    root: Path, context: ReadContext, make_sound: Sound
) -> None:
    make_sound(root / "AudioWAV" / "1091_WSI_SAD_XX.wav")
    assert CremaD().read(context).dropped == {"not in the votes table": 1, "no signal": 1, "tie": 1}


def test_intentions_need_no_votes_table_and_take_names_alone(
    root: Path, context: ReadContext, make_sound: Sound
) -> None:
    (root / "processedResults" / "summaryTable.csv").unlink()
    assert len(CremaD(labels="intended").read(context).utterances) == 6
    assert refusal(context) == [
        f"{root}/processedResults/summaryTable.csv: no such file; it holds the votes"
        " (the emotions of the file names need none: labels: intended)"
    ]
    make_sound(root / "AudioWAV" / "1092_WSI_SAD_XX.wav")
    assert refusal(context, labels="intended") == [
        f"{root}: 1 of 8 audio files are not named as in CREMA-D (AudioWAV/1001_DFA_ANG_XX.wav): 1092_WSI_SAD_XX.wav"
    ]


def test_audio_that_is_missing_is_refused_or_counted_and_surveyed(root: Path, context: ReadContext) -> None:
    (root / "AudioWAV" / "1091_IEO_HAP_LO.flac").unlink()
    assert refusal(context) == [
        f"{root}: 1 of 5 utterances have no file: 1091_IEO_HAP_LO;"
        " get them, or leave these utterances out with missing_files: drop.",
        "  The audio is in AudioWAV/ of https://github.com/CheyneyComputerScience/CREMA-D (with git-lfs);"
        " `git lfs pull` fetches it.",
    ]
    assert CremaD(missing_files="drop").read(context).dropped == {"no signal": 1, "tie": 1, "no file": 1}
    shutil.rmtree(root / "AudioWAV")
    assert CremaD().survey(context).utterances["path"].isna().tolist() == [True] * 5


def test_demographics_may_lie_with_the_results_but_not_differ(root: Path, context: ReadContext) -> None:
    first, second = root / "VideoDemographics.csv", root / "processedResults" / "VideoDemographics.csv"
    expected = CremaD().read(context).speakers
    shutil.copy(first, second)
    assert CremaD().read(context).speakers.equals(expected)
    first.write_text(first.read_text().replace("51", "52"))
    assert refusal(context) == [f"{first}: not the same table as {second}; keep one of them"]
    first.unlink()
    assert CremaD().read(context).speakers.equals(expected)
    second.unlink()
    assert refusal(context) == [f"{root}: no VideoDemographics.csv, neither there nor in processedResults"]


def test_all_that_is_wrong_with_the_tables_is_said_at_once(root: Path, context: ReadContext) -> None:
    actors, votes = root / "VideoDemographics.csv", root / "processedResults" / "summaryTable.csv"
    actors.write_text(actors.read_text().replace('1001,51,"Male"', '101,unknown,"M"') + '1091,29,"Female","Asian",""\n')
    votes.write_text(votes.read_text().replace('"N","64.78"', '"X","64.78"'))
    assert refusal(context) == [
        f"{actors}:2: ActorID '101' is not an actor's number",
        f"{actors}:2: Sex 'M' is not Female or Male",
        f"{actors}:2: Age 'unknown' is not an age in years",
        f"{actors}: actors given more than once: 1091",
        f"{votes}: MultiModalVote is not of the letters A, D, F, H, N, S: X on line 2",
    ]


def test_clips_of_actors_without_demographics_and_strange_clips(root: Path, context: ReadContext) -> None:
    actors, votes = root / "VideoDemographics.csv", root / "processedResults" / "summaryTable.csv"
    actors.write_text("".join(actors.read_text().splitlines(keepends=True)[:3]))
    assert refusal(context) == [f"{root}: VideoDemographics.csv has no row for the actors 1076, 1091"]
    votes.write_text(votes.read_text().replace("1001_IEO_NEU_XX", "1001_IEO_NEU"))
    assert refusal(context) == [f"{votes}: FileName is not a clip's name: 1001_IEO_NEU on line 2"]


@pytest.mark.parametrize("table", ["VideoDemographics.csv", "processedResults/summaryTable.csv"])
def test_a_table_may_be_a_git_lfs_pointer(table: str, root: Path, context: ReadContext, pointer: str) -> None:
    path = root / table
    path.write_text(pointer)
    assert refusal(context) == [
        f"{path.parent}: 1 of 1 files are git-lfs pointers ({path.name}); run `git lfs pull` in that repository"
    ]


def counts(corpus: Corpus) -> dict[str, int]:
    return corpus.utterances["emotion"].value_counts().to_dict()


def test_the_real_votes(shared_data: Path, tmp_path: Path) -> None:
    corpus = CremaD().survey(ReadContext(shared_data, tmp_path))
    published = CremaD.published[-1].utterances["emotion"]
    assert published == {"neutral": 1972, "happy": 1219, "sad": 588, "angry": 1019}
    assert {emotion: counts(corpus)[emotion] for emotion in FOUR} == published
    assert len(corpus.with_labels(FOUR).utterances) == sum(published.values()) == 4798
    assert (counts(corpus)["disgust"], counts(corpus)["fearful"]) == (1139, 1084)
    assert corpus.dropped == {"no signal": 1, "tie": 420}


def test_the_real_votes_by_voice_or_face_and_with_ties(shared_data: Path, tmp_path: Path) -> None:
    context = ReadContext(shared_data, tmp_path)
    assert CremaD(labels="voice").survey(context).dropped == {"no signal": 1, "tie": 644}
    assert CremaD(labels="face").survey(context).dropped == {"no signal": 1, "tie": 470}
    whole = CremaD(ties="undecided").survey(context)
    assert (len(whole.utterances), whole.dropped, counts(whole)["undecided"]) == (7441, {"no signal": 1}, 420)


def test_the_real_actors(shared_data: Path, tmp_path: Path) -> None:
    speakers = CremaD().survey(ReadContext(shared_data, tmp_path)).speakers
    assert speakers["gender"].value_counts().to_dict() == CremaD.published[0].speakers["gender"]
    assert speakers["race"].value_counts().to_dict() == {"Caucasian": 61, "African American": 22, "Asian": 7}
    assert speakers["ethnicity"].value_counts().to_dict() == {"Not Hispanic": 81, "Hispanic": 10}
    assert (speakers["age"].min(), speakers["age"].max()) == (20, 74)
    assert speakers.isna().sum().to_dict() == {"speaker": 0, "gender": 0, "age": 0, "race": 1, "ethnicity": 0}


def test_the_real_clips(shared_data: Path, tmp_path: Path) -> None:
    context = ReadContext(shared_data, tmp_path)
    voted = CremaD(missing_files="drop").read(context)
    assert voted.dropped == {"no signal": 1, "tie": 420, "no file": 7015}
    assert emotions(voted) == {
        "1001_DFA_ANG_XX": "angry",
        "1001_IOM_DIS_XX": "angry",
        "1001_IOM_FEA_XX": "angry",
        "1001_IOM_HAP_XX": "happy",
        "1001_IOM_NEU_XX": "neutral",
        "1050_TIE_SAD_XX": "neutral",
    }
    acted = CremaD(labels="intended").read(context).utterances["emotion"]
    assert acted.tolist() == ["angry", "angry", "disgust", "fearful", "happy", "neutral", "sad"]
