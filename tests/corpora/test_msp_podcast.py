"""Tables like MSP-Podcast's: its very header, unknown speakers, its partitions, files that are missing, texts."""

import re
from collections.abc import Callable
from pathlib import Path

import pydantic
import pytest

from fedser.config import load
from fedser.corpora import ReadContext
from fedser.corpora.labels import EMOTIONS as EMOTION_NAMES
from fedser.corpora.manifest import Manifest
from fedser.errors import InputError

README = Path(__file__).resolve().parents[2] / "README.md"
HEADER = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"
ROWS = (
    "MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,30,Male,Test1",
    "MSP-PODCAST_0001_0019.wav,A,5.571429,2.428571,5.0,30,Male,Test1",
    "MSP-PODCAST_0002_0033.wav,H,4.8,5.6,4.4,127,Female,Train",
    "MSP-PODCAST_0002_0039.wav,X,4.2,4.0,4.2,127,Female,Train",
    "MSP-PODCAST_0003_0047.wav,C,3.0,3.4,4,Unknown,Unknown,Train",
    "MSP-PODCAST_0004_0005.wav,S,3.5,2.25,3.25,9,Female,Development",
)
EMOTIONS = {
    "A": "angry",
    "S": "sad",
    "H": "happy",
    "C": "contempt",
    "N": "neutral",
    "X": "undecided",
}


def podcast(**fields: object) -> Manifest:
    """The manifest of the whole release; ``fields`` replace some of its settings."""
    settings = {
        "corpus": "msp_podcast",
        "path": "podcast/Labels/labels_consensus.csv",
        "audio_root": "podcast/Audios",
        "columns": {
            "path": "FileName",
            "emotion": "EmoClass",
            "activation": "EmoAct",
            "valence": "EmoVal",
            "dominance": "EmoDom",
            "speaker": "SpkrID",
            "split": "Split_Set",
        },
        "speaker_attributes": ("gender",),
        "attribute_columns": {"gender": "Gender"},
        "label_map": EMOTIONS,
        "value_map": {"gender": {"Male": "male", "Female": "female", "Unknown": ""}},
    }
    return Manifest.model_validate(settings | fields)


@pytest.fixture
def labels(context: ReadContext, make_sound: Callable[..., Path]) -> Path:
    """The table, with audio beside it."""
    for row in ROWS:
        make_sound(context.data_root / "podcast" / "Audios" / row.split(",")[0])
    return write(context, [HEADER, *ROWS])


def write(context: ReadContext, lines: list[str], name: str = "podcast/Labels/labels_consensus.csv") -> Path:
    path = context.data_root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def refusal(context: ReadContext, **fields: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        podcast(**fields).read(context)
    return str(caught.value).splitlines()


def test_every_column_of_the_release(labels: Path, context: ReadContext) -> None:
    corpus = podcast().read(context)
    audio = context.data_root / "podcast" / "Audios"
    name = "MSP-PODCAST_0001_0019.wav"
    assert corpus.utterances.iloc[1].to_dict() == {
        "utterance": name,
        "path": str(audio / name),
        "speaker": "30",
        "emotion": "angry",
        "valence": 2.428571,
        "activation": 5.571429,
        "dominance": 5.0,
        "split": "Test1",
    }
    assert list(corpus.utterances.columns) == list(corpus.utterances.iloc[1].to_dict())
    assert corpus.labels == ("emotion", "valence", "activation", "dominance")
    assert corpus.dropped == {}
    assert corpus.speakers["speaker"].tolist() == ["127", "30", "9", "Unknown"]
    assert corpus.speakers["gender"].tolist()[:3] == ["female", "male", "female"]
    assert corpus.speakers["gender"].isna().tolist() == [False, False, False, True]


def test_later_releases_have_more_columns(labels: Path, context: ReadContext) -> None:
    write(context, [HEADER + ",PodcastID", *(f"{row},7" for row in ROWS)])
    assert len(podcast().read(context).utterances) == 6


def test_unknown_speakers_and_other_parts_are_left_out_and_counted(labels: Path, context: ReadContext) -> None:
    some = podcast(drop={"SpkrID": ("Unknown",), "EmoClass": ("X",)}, keep={"Split_Set": ("Train", "Test1")})
    corpus = some.read(context)
    assert corpus.utterances["emotion"].tolist() == ["neutral", "angry", "happy"]
    assert corpus.dropped == {"EmoClass X": 1, "SpkrID Unknown": 1, "Split_Set Development": 1}
    assert corpus.speakers["speaker"].tolist() == ["127", "30"]


def test_what_is_left_out_need_not_be_right(labels: Path, context: ReadContext) -> None:
    broken = "MSP-PODCAST_9999_0001.wav,,x,,1,,,Test3"
    write(context, [HEADER, *ROWS, broken])
    assert refusal(context)[:2] == [f"{labels}: no speaker on line 8", f"{labels}: no emotion on line 8"]
    assert podcast(drop={"Split_Set": ("Test3",)}).read(context).dropped == {"Split_Set Test3": 1}
    assert podcast(drop={"EmoClass": ("",)}).read(context).dropped == {"no EmoClass": 1}


def test_every_mistake_at_once(labels: Path, context: ReadContext) -> None:
    write(context, [HEADER, *ROWS[:5], "gone.wav,S,high,2.25,inf,9,Female,Development", ROWS[1]])
    assert refusal(context, keep={"Split_Set": ("Train", "Test1", "Dev", "Development")}) == [
        f"{labels}: keep.Split_Set: 'Dev' never occurs; the values are Development, Test1, Train",
        f"{labels}: audio files given more than once: MSP-PODCAST_0001_0019.wav",
        f"{labels}: 1 of 7 audio files are not in {context.data_root}/podcast/Audios: gone.wav",
        f"{labels}: activation is not a number on line 7: high",
        f"{labels}: dominance is not a number on line 7: inf",
    ]


def test_nothing_may_not_be_left(labels: Path, context: ReadContext) -> None:
    assert f"{labels}: keep and drop leave no row" in refusal(
        context, keep={"Split_Set": ("Train",)}, drop={"SpkrID": ("127", "Unknown")}
    )


def test_files_that_are_missing(labels: Path, context: ReadContext) -> None:
    audio = context.data_root / "podcast" / "Audios"
    for row in ROWS[:2]:
        (audio / row.split(",")[0]).unlink()
    corpus = podcast(missing_files="drop").read(context)
    assert (len(corpus.utterances), corpus.dropped) == (4, {"no file": 2})
    assert corpus.speakers["speaker"].tolist() == ["127", "9", "Unknown"]
    survey = podcast().survey(context)
    assert survey.utterances["path"].isna().tolist() == [True, True, False, False, False, False]


def test_a_corpus_without_any_file_has_tables_all_the_same(labels: Path, context: ReadContext) -> None:
    for file in (context.data_root / "podcast" / "Audios").iterdir():
        file.unlink()
    assert podcast().survey(context).utterances["path"].isna().all()
    (line,) = refusal(context, missing_files="drop")
    assert line.startswith(f"{labels}: 6 of 6 audio files are not in {context.data_root}/podcast/Audios: MSP-PODCAST_0")


def test_dimensions_alone(labels: Path, context: ReadContext) -> None:
    columns = {"path": "FileName", "emotion": None, "valence": "EmoVal", "speaker": "SpkrID"}
    corpus = podcast(columns=columns, label_map={}).read(context)
    assert corpus.labels == ("valence",)
    assert corpus.utterances["valence"].dtype == "float64"


def test_texts_alone(context: ReadContext) -> None:
    write(context, ["said,who,when,mood,nice", '"Well, no.",1,a,neg,0', "Yes!,2,a,pos,1"], "texts.csv")
    columns = {"path": None, "emotion": None, "text": "said", "session": "when", "sentiment": "mood", "speaker": "who"}
    fields = {"corpus": "texts", "path": "texts.csv", "columns": columns | {"toxicity": "nice"}}
    maps = {"sentiment": {"neg": "negative", "pos": "positive"}, "toxicity": {"1": "", "0": "toxic"}}
    corpus = Manifest.model_validate(fields | {"value_map": maps}).read(context)
    assert list(corpus.utterances.columns) == ["utterance", "text", "speaker", "session", "sentiment", "toxicity"]
    assert corpus.utterances["utterance"].tolist() == ["2", "3"]
    assert corpus.utterances["text"].tolist() == ["Well, no.", "Yes!"]
    assert corpus.utterances["sentiment"].tolist() == ["negative", "positive"]
    assert corpus.utterances["toxicity"].isna().tolist() == [False, True]
    assert corpus.paths == []


def test_ids_and_images_of_ones_own(context: ReadContext) -> None:
    folder = write(context, ["id,file,who,gender", "x,a.png,1,female", "y,b.png,2,male"], "faces/list.csv").parent
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"\x89PNG")
    columns = {"utterance": "id", "path": "file", "speaker": "who", "emotion": None}
    fields = {"corpus": "faces", "path": "faces/list.csv", "media": "image", "columns": columns}
    corpus = Manifest.model_validate(fields | {"speaker_attributes": ("gender",)}).read(context)
    assert corpus.utterances.values.tolist() == [["x", f"{folder}/a.png", "1"], ["y", f"{folder}/b.png", "2"]]
    assert (corpus.media, corpus.labels, corpus.attributes) == ("image", (), ("gender",))


def test_the_readmes_manifest_reads_it(labels: Path, context: ReadContext) -> None:
    rows = [
        *ROWS,
        "MSP-PODCAST_0005_0001.wav,O,4,4,4,9,Female,Train",
        "MSP-PODCAST_0005_0002.wav,U,4,4,4,9,Female,Train",
    ]
    rows += ["MSP-PODCAST_0005_0003.wav,F,4,4,4,9,Female,Train", "MSP-PODCAST_0005_0004.wav,D,4,4,4,9,Female,Train"]
    write(context, [HEADER, *rows])
    (block,) = re.findall(r"```yaml\n(name: manifest\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    config = context.data_root / "manifest.yaml"
    config.write_text(block.replace("msp-podcast/", "podcast/"))
    corpus = load(Manifest, config).survey(context)
    assert set(corpus.utterances["emotion"]) <= set(EMOTION_NAMES)
    assert set(corpus.speakers["gender"]) == {"female", "male"}
    assert corpus.dropped == {"EmoClass X": 1, "SpkrID Unknown": 1, "EmoClass O": 1}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": {"path": None}}, "a corpus has files or texts: path or text must name a column"),
        (
            {"columns": {"emotion": None}, "speaker_attributes": (), "attribute_columns": {}, "value_map": {}},
            "label_map: there is no emotion to rename, columns.emotion is null\n"
            "columns: neither a label nor any of speaker_attributes: nothing to learn",
        ),
        (
            {"attribute_columns": {"sex": "Gender"}},
            "attribute_columns is given for sex, but speaker_attributes are gender",
        ),
        ({"value_map": {"sentiment": {}}}, "value_map is given for sentiment, but speaker_attributes are gender"),
    ],
)
def test_impossible_combinations_are_refused_at_once(fields: dict[str, object], message: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        podcast(**fields)
    assert str(caught.value.errors()[0]["ctx"]["error"]) == message
