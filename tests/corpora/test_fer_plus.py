"""FER+: the majority rule of its authors, both of their tables, and the counts of the real ones."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.corpora import CorpusReader, ReadContext
from fedser.corpora.fer_plus import EMOTIONS, FerPlus, majority
from fedser.errors import InputError

CHOICES = (*EMOTIONS, "unknown", "NF")


def refusal(reader: CorpusReader, context: ReadContext) -> list[str]:
    with pytest.raises(InputError) as caught:
        reader.read(context)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("votes", "choice"),
    [
        ((4, 0, 0, 1, 3, 2, 0, 0, 0, 0), "unknown"),
        ((6, 0, 1, 1, 0, 0, 0, 0, 2, 0), "neutral"),
        ((4, 0, 0, 4, 1, 0, 0, 0, 1, 0), "unknown"),
        ((2, 0, 0, 0, 1, 1, 1, 1, 1, 1), "neutral"),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), "unknown"),
        ((0, 0, 0, 0, 0, 0, 0, 6, 4, 0), "contempt"),
        ((0, 3, 0, 0, 0, 0, 0, 0, 6, 1), "unknown"),
        ((0, 0, 0, 0, 0, 0, 0, 0, 1, 9), "NF"),
    ],
)
def test_the_majority_of_the_taggers(votes: tuple[int, ...], choice: str) -> None:
    assert majority(votes) == choice


@given(st.lists(st.integers(0, 10), min_size=10, max_size=10))
def test_a_majority_has_more_than_half_of_the_votes_that_count(votes: list[int]) -> None:
    counted = np.array([vote if vote >= 2 else 0 for vote in votes])
    winners = [choice for choice, count in zip(CHOICES, counted, strict=True) if 2 * count > counted.sum()]
    assert majority(votes) == (winners[0] if winners else "unknown")


def test_the_tables(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["fer_plus"](context.data_root).read(context)
    assert corpus.media == "image"
    assert corpus.utterances[["utterance", "emotion", "split"]].values.tolist() == [
        ["fer0000002", "neutral", "train"],
        ["fer0000000", "happy", "train"],
        ["fer0000003", "contempt", "train"],
        ["fer0032220", "contempt", "test"],
    ]
    assert corpus.dropped == {"unknown": 1, "no face": 1}
    assert corpus.attributes == ()
    assert (corpus.utterances["speaker"] == corpus.utterances["utterance"]).all()
    votes = corpus.utterances.filter(like="votes_")
    assert list(votes) == [f"votes_{EMOTIONS.get(choice, choice)}" for choice in CHOICES]
    assert votes.iloc[0].tolist() == [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (votes.dtypes == "int64").all()


def test_the_table_of_all_votes(builders: Mapping, context: ReadContext) -> None:
    builders["fer_plus"](context.data_root)
    folders, whole = FerPlus().read(context), FerPlus(votes="whole").read(context)
    assert whole.utterances.equals(folders.utterances)
    assert whole.dropped == {"no image": 1} | folders.dropped


def test_an_image_that_is_named_twice_counts_once(builders: Mapping, context: ReadContext) -> None:
    builders["fer_plus"](context.data_root)
    csv = context.data_root / "ferplus" / "fer2013new.csv"
    csv.write_text(csv.read_text() + "PrivateTest,fer0032220.png,0,0,0,0,0,0,0,0,0,10\n")
    corpus = FerPlus(votes="whole").read(context)
    assert corpus.utterances["utterance"].is_unique
    assert corpus.dropped == {"no image": 1, "image named before": 1, "unknown": 1, "no face": 1}


def test_images_that_are_missing(builders: Mapping, context: ReadContext) -> None:
    builders["fer_plus"](context.data_root)
    root = context.data_root / "ferplus"
    (root / "data" / "FER2013Train" / "fer0000003.png").unlink()
    assert refusal(FerPlus(), context) == [
        f"{root}: 1 of 4 utterances have no file: fer0000003;"
        " get them, or leave these utterances out with missing_files: drop"
    ]
    assert FerPlus(missing_files="drop").read(context).dropped == {"unknown": 1, "no face": 1, "no file": 1}
    survey = FerPlus().survey(context).utterances
    assert survey.loc[survey["path"].isna(), "utterance"].tolist() == ["fer0000003"]


def test_every_mistake_of_the_tables_at_once(builders: Mapping, context: ReadContext) -> None:
    builders["fer_plus"](context.data_root)
    data = context.data_root / "ferplus" / "data"
    (data / "FER2013Train" / "label.csv").write_text('fer0000000.png,"(0, 0, 48, 48)",9,1,x,0.5,0,0,0,0,,0\n')
    (data / "FER2013Valid" / "label.csv").unlink()
    (data / "FER2013Test" / "label.csv").write_text("")
    assert refusal(FerPlus(), context) == [
        f"{data}/FER2013Train/label.csv: no unknown on line 1",
        f"{data}/FER2013Train/label.csv: surprise is not a whole number on line 1: x",
        f"{data}/FER2013Train/label.csv: sadness is not a whole number on line 1: 0.5",
        f"{data}/FER2013Valid/label.csv: no such file; it is part of FER+"
        " (https://github.com/microsoft/FERPlus (the votes) and Kaggle's FER2013 challenge (the images))",
        f"{data}/FER2013Test/label.csv: an empty file",
    ]


def test_a_usage_that_is_not_known(builders: Mapping, context: ReadContext) -> None:
    builders["fer_plus"](context.data_root)
    csv = context.data_root / "ferplus" / "fer2013new.csv"
    csv.write_text(csv.read_text().replace("PublicTest", "Validation"))
    assert refusal(FerPlus(votes="whole"), context) == [
        f"{csv}: unknown Usage Validation (choose from Training, PublicTest, PrivateTest)"
    ]


@pytest.fixture
def real(shared_data: Path, tmp_path: Path) -> ReadContext:
    return ReadContext(shared_data, tmp_path)


def test_the_real_images(real: ReadContext) -> None:
    corpus = FerPlus().read(real)
    assert len(corpus.utterances) == 4964
    assert corpus.dropped == {"unknown": 635, "no face": 1}
    assert corpus.utterances["split"].value_counts().to_dict() == {"train": 3527, "dev": 727, "test": 710}
    assert corpus.utterances["emotion"].value_counts().to_dict() == {
        "neutral": 1701,
        "happy": 1449,
        "surprised": 624,
        "sad": 585,
        "angry": 429,
        "fearful": 119,
        "contempt": 29,
        "disgust": 28,
    }


def test_the_real_table_of_all_votes(real: ReadContext) -> None:
    corpus = FerPlus(votes="whole").survey(real)
    assert len(corpus.utterances) + sum(corpus.dropped.values()) == 35887
    assert corpus.dropped == {"no image": 173, "image named before": 4, "unknown": 4299, "no face": 2}
    assert len(corpus.utterances) == 31409
    assert corpus.utterances["path"].notna().sum() == 4965
