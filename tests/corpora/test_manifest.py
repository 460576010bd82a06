"""The corpus of a CSV: its maps, its types, and every mistake in it at once."""

from collections.abc import Callable
from pathlib import Path

import pydantic
import pytest

from fedser.corpora import ReadContext
from fedser.corpora.manifest import Columns, Manifest
from fedser.errors import InputError

GOOD = "path,speaker,emotion,gender,age\na.wav,1,happy,F,30\nb.flac,2,sad,M,41\n"


@pytest.fixture
def write(context: ReadContext, make_sound: Callable[..., Path]) -> Callable[..., Path]:
    """Writes the CSV beside the audio files a.wav and b.flac."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        for name in ("a.wav", "b.flac"):
            make_sound(context.data_root / "mine" / name)
        path = context.data_root / "mine" / "list.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def reader(**fields: object) -> Manifest:
    return Manifest.model_validate({"corpus": "mine", "path": "mine/list.csv", **fields})


def refusal(context: ReadContext, **fields: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        reader(**fields).read(context)
    return str(caught.value).splitlines()


def test_the_folder_of_the_table_is_not_the_table(write: Callable[..., Path], context: ReadContext) -> None:
    folder = write(GOOD).parent
    assert refusal(context, path="mine")[0] == f"{folder}: a folder, where the table (CSV) should be."


def test_a_plain_table(write: Callable[..., Path], context: ReadContext) -> None:
    folder = write(GOOD).parent
    corpus = reader(speaker_attributes=("gender", "age")).read(context)
    assert corpus.utterances.values.tolist() == [
        ["a.wav", f"{folder}/a.wav", "1", "happy"],
        ["b.flac", f"{folder}/b.flac", "2", "sad"],
    ]
    assert corpus.speakers.values.tolist() == [["1", "F", 30], ["2", "M", 41]]


def test_spreadsheet_exports_are_read(write: Callable[..., Path], context: ReadContext) -> None:
    write("\ufeff" + GOOD.replace(",", "\t").replace("\n", "\r\n") + "\r\n\t\t\t\t\r\n")
    assert len(reader(delimiter="\t").read(context).utterances) == 2


def test_labels_and_values_are_renamed_and_others_kept(write: Callable[..., Path], context: ReadContext) -> None:
    write(GOOD)
    corpus = reader(
        speaker_attributes=("gender",), label_map={"sad": "unhappy"}, value_map={"gender": {"F": "female"}}
    ).read(context)
    assert corpus.utterances["emotion"].tolist() == ["happy", "unhappy"]
    assert corpus.speakers["gender"].tolist() == ["female", "M"]


def test_the_audio_may_lie_elsewhere(
    write: Callable[..., Path], context: ReadContext, make_sound: Callable[..., Path]
) -> None:
    write(GOOD.replace("b.flac", str(make_sound(context.data_root / "far" / "b.wav"))))
    make_sound(context.data_root / "audio" / "a.wav")
    paths = reader(audio_root="audio").read(context).paths
    assert paths == [context.data_root / "audio" / "a.wav", context.data_root / "far" / "b.wav"]


def test_an_attribute_that_is_unknown_of_some(write: Callable[..., Path], context: ReadContext) -> None:
    write("path,speaker,emotion,gender,age\na.wav,1,happy,F,\nb.flac,2,sad,,41\n")
    speakers = reader(speaker_attributes=("gender", "age")).read(context).speakers
    assert speakers.isna().values.tolist() == [[False, False, True], [False, True, False]]


def test_codes_with_leading_zeros_stay_text(write: Callable[..., Path], context: ReadContext) -> None:
    write("path,speaker,emotion,group\na.wav,1,happy,01\nb.flac,2,sad,02\n")
    assert reader(speaker_attributes=("group",)).read(context).speakers["group"].tolist() == ["01", "02"]


def test_missing_columns_are_all_named_with_those_that_exist(write: Callable[..., Path], context: ReadContext) -> None:
    path = write(GOOD)
    assert refusal(context, columns=Columns(path="file"), speaker_attributes=("race",)) == [
        f"{path}:1: no column 'file'; the columns are path, speaker, emotion, gender, age",
        f"{path}:1: no column 'race'; the columns are path, speaker, emotion, gender, age",
    ]


def test_the_wrong_delimiter(write: Callable[..., Path], context: ReadContext) -> None:
    path = write(GOOD.replace(",", ";"))
    assert refusal(context)[0] == (f"{path}:1: no column 'path'; the columns are path;speaker;emotion;gender;age")


def test_a_column_given_twice(write: Callable[..., Path], context: ReadContext) -> None:
    path = write("path,path,speaker,emotion\na.wav,b.flac,1,sad\n")
    assert refusal(context) == [f"{path}:1: more than one column 'path'; the columns are path, path, speaker, emotion"]


def test_every_mistake_of_the_rows_at_once(write: Callable[..., Path], context: ReadContext) -> None:
    path = write(
        "path,speaker,emotion,gender\na.wav,1,happy,F\na.wav,1,happy,M\ngone.wav,,sad,F\n\nb.flac,2,,F\n,2,sad,F\n"
    )
    assert refusal(
        context, speaker_attributes=("gender",), label_map={"joy": "happy"}, value_map={"gender": {"f": "female"}}
    ) == [
        f"{path}: no path on line 7",
        f"{path}: no speaker on line 4",
        f"{path}: no emotion on line 6",
        f"{path}: audio files given more than once: a.wav",
        f"{path}: 1 of 5 audio files are not in {path.parent}: gone.wav",
        f"{path}: label_map: joy never occurs; the values are happy, sad",
        f"{path}: value_map.gender: f never occurs; the values are F, M",
        f"{path}: gender differs between rows of one speaker: 1 (F, M)",
    ]


def test_ten_missing_files_are_named_and_the_others_counted(write: Callable[..., Path], context: ReadContext) -> None:
    path = write("path,speaker,emotion\n" + "".join(f"{number:02}.wav,1,sad\n" for number in range(12)))
    names = ", ".join(f"{number:02}.wav" for number in range(10))
    assert refusal(context) == [f"{path}: 12 of 12 audio files are not in {path.parent}: {names} and 2 more"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": an empty file"),
        ("path,speaker,emotion\n", ": no rows below the header"),
        ("path,speaker,emotion\na.wav,1\nb.flac,1,sad,x\n", ": 3 columns, but more or fewer cells on lines 2, 3"),
        ('path,speaker,emotion\na.wav,1,"sad\n', ":2: not CSV (unexpected end of data)"),
    ],
)
def test_what_is_not_a_table(text: str, message: str, write: Callable[..., Path], context: ReadContext) -> None:
    path = write(text)
    assert f"{path}{message}" in refusal(context)


def test_another_encoding(write: Callable[..., Path], context: ReadContext) -> None:
    path = write("path,speaker,emotion\na.wav,Jörg,sad\n", encoding="latin-1")
    assert refusal(context) == [f"{path}: not UTF-8 text (invalid start byte at byte 28)"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"value_map": {"gender": {"F": "female"}}, "speaker_attributes": ("age",)},
            "value_map is given for gender, but speaker_attributes are age",
        ),
        ({"value_map": {"gender": {}}}, "value_map is given for gender, but speaker_attributes are none"),
        (
            {"speaker_attributes": ("gender", "speaker")},
            "speaker_attributes: 'speaker' has another meaning; rename that column of the CSV",
        ),
    ],
)
def test_impossible_combinations_are_refused_at_once(fields: dict[str, object], message: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=message):
        reader(**fields)


def test_the_real_ased(shared_data: Path, tmp_path: Path) -> None:
    ased = Manifest(
        corpus="ased",
        path="ased/manifest.csv",
        columns=Columns(path="file"),
        speaker_attributes=("gender",),
        value_map={"gender": {"F": "female", "M": "male"}},
    )
    corpus = ased.read(ReadContext(shared_data, tmp_path))
    assert len(corpus.utterances) == 538
    assert corpus.speakers["gender"].value_counts().to_dict() == {"male": 40, "female": 25}
    counts = corpus.utterances["emotion"].value_counts().to_dict()
    assert counts == {"neutral": 122, "fearful": 110, "happy": 106, "angry": 104, "sad": 96}
