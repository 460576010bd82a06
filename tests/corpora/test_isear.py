"""ISEAR: texts mended, answers that say nothing, codes that stay codes, and the true counts of the real table."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.corpora import ReadContext
from fedser.corpora.isear import ISEAR
from fedser.corpora.isear_text import NO_RESPONSE, mended
from fedser.errors import InputError


@pytest.fixture
def table(builders: Mapping, context: ReadContext) -> Path:
    """The small corpus's table."""
    builders["isear"](context.data_root)
    return context.data_root / "text" / "isear" / "isear.csv"


def refusal(context: ReadContext) -> list[str]:
    with pytest.raises(InputError) as caught:
        ISEAR().read(context)
    return str(caught.value).splitlines()


def test_what_the_table_tells(table: Path, context: ReadContext) -> None:
    corpus = ISEAR().read(context)
    assert corpus.utterances.values.tolist() == [
        ["0110011", "When we met and especially when we had not for long.", "11001", "happy"],
        ["0110012", 'An "ex-friend" called. He said "Boo".', "11001", "fearful"],
        ["2610011", "Black ice, a 180\u00b0 turn.", "261001", "shame"],
        ["2610012", "I shouted at him.", "261001", "guilt"],
        ["2011151", 'He called me "a child".', "201115", "disgust"],
        ["2011152", "My dog died.", "201115", "sad"],
    ]
    assert corpus.speakers.fillna("?").values.tolist() == [
        ["11001", "male", 33, "1", "8", "2"],
        ["201115", "?", 33, "1", "?", "2"],
        ["261001", "female", 19, "1", "8", "2"],
    ]
    assert corpus.attributes == ("gender", "age", "country", "religion", "field")


def test_answers_that_say_nothing_are_counted_or_kept(table: Path, context: ReadContext) -> None:
    assert ISEAR().read(context).dropped == {"no response": 1}
    kept = ISEAR(no_response="keep").read(context)
    assert (kept.utterances["text"][2], kept.dropped) == ("[ No response.]", {})


@pytest.mark.parametrize(
    "text",
    [
        "[ No response.]",
        "NO RESPONSE",
        "[ No reponse.]",
        "Blank.",
        "Doesn't apply.",
        "Not applicable to myself.",
        "DO NOT REMEMBER.",
        "[ Can not think of anything just now.]",
        "Can't describe any disgust situation.",
        "[ I have not felt this emotion yet.]",
        "[ Cannot recall any incident when I felt shame.]",
    ],
)
def test_a_text_that_tells_of_nothing(text: str) -> None:
    assert NO_RESPONSE.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nothing went right that day.",
        "[ Depressions.]",
        "[ Same as in anger.]",
        "Never having met my father.",
        "I do not know anybody here and I am afraid.",
        "Not finishing homework.",
        "I cannot remember exactly such a situation. But I know that I once was disgusted.",
        "Can't remember specific event - besides just being moderately happy.",
    ],
)
def test_a_text_that_tells_of_something(text: str) -> None:
    assert not NO_RESPONSE.fullmatch(text)


@given(st.text(st.characters(codec="ascii", exclude_characters="\\|"), max_size=40))
def test_a_text_without_marks_keeps_its_words(text: str) -> None:
    assert mended(text).split() == text.split()


def test_all_mistakes_at_once(table: Path, context: ReadContext) -> None:
    text = table.read_text(encoding="utf-8").replace("|joy|", "|glee|").replace("|2|19|", "|f|19|", 1)
    table.write_text(text, encoding="utf-8")
    assert refusal(context) == [
        f"{table}:2: Field1 'glee' is not one of joy, fear, anger, sadness, disgust, shame, guilt",
        f"{table}:5: SEX 'f' is not one of 1, 2, 0",
    ]


def test_a_respondent_of_two_ages(table: Path, context: ReadContext) -> None:
    text = table.read_text(encoding="utf-8").replace("|2|19|", "|2|20|", 1)
    table.write_text(text, encoding="utf-8")
    assert refusal(context) == [f"{table}: age differs between rows of one speaker: 261001 (19, 20)"]


def test_another_table(table: Path, context: ReadContext) -> None:
    table.write_text("ID|SEX|AGE|COUN|RELI|FIEL|SIT|Field1|\n1|2|\n")
    assert refusal(context) == [
        f"{table}:1: no column 'MYKEY'; the columns are ID, SEX, AGE, COUN, RELI, FIEL, SIT, Field1",
        f"{table}:1: the last columns are not SIT and STATE, each followed by '|'",
        f"{table}: 9 cells to a line, but fewer on line 2",
    ]


def test_files_that_are_no_table(table: Path, context: ReadContext, pointer: str) -> None:
    header = table.read_text(encoding="utf-8").split("\n")[0]
    table.write_text(header + "\n")
    assert refusal(context) == [f"{table}: no rows below the header"]
    table.write_bytes(header.encode() + b"\n\xe1")
    assert refusal(context) == [f"{table}: not UTF-8 text (unexpected end of data at byte {len(header) + 1})"]
    table.write_text(pointer)
    assert refusal(context) == [
        f"{table.parent}: 1 of 1 files are git-lfs pointers (isear.csv); run `git lfs pull` in that repository"
    ]
    table.unlink()
    assert refusal(context) == [
        f"{table}: no such file; it is part of ISEAR"
        " (https://github.com/sinmaniphel/py_isear_dataset or https://www.unige.ch/cisa/research)"
    ]


def test_the_real_isear(shared_data: Path, tmp_path: Path) -> None:
    whole = ISEAR(no_response="keep").read(ReadContext(shared_data, tmp_path))
    assert (len(whole.utterances), len(whole.speakers)) == (7666, 1096)
    assert whole.utterances["emotion"].value_counts().to_dict() == {
        "angry": 1096,
        "sad": 1096,
        "disgust": 1096,
        "shame": 1096,
        "fearful": 1095,
        "happy": 1094,
        "guilt": 1093,
    }
    assert whole.speakers["gender"].value_counts(dropna=False).tolist() == [601, 494, 1]
    assert whole.speakers["age"].min() >= 18
    assert whole.speakers["country"].nunique() == 16
    assert not whole.utterances["text"].str.contains(r"[\\|\u00e1\u00f7\u00a6]").any()
    assert (whole.utterances["text"].str.count('"') % 2 == 0).all()
    corpus = ISEAR().read(ReadContext(shared_data, tmp_path))
    assert (len(corpus.utterances), len(corpus.speakers), corpus.dropped) == (7522, 1096, {"no response": 144})
