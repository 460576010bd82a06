"""EmoBank: documents in the place of speakers, the scale, and the true counts of the real table."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.emobank import EmoBank
from fedser.errors import InputError


def test_what_the_table_tells(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["emobank"](context.data_root).read(context)
    assert corpus.utterances.iloc[0].to_dict() == {
        "utterance": "110CYL068_1036_1079",
        "text": 'Remember what she said in my last letter? "',
        "speaker": "110CYL068",
        "valence": 3.0,
        "activation": 3.0,
        "dominance": 3.2,
        "split": "train",
    }
    assert corpus.attributes == ()


def test_a_headline_is_a_document_of_its_own(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["emobank"](context.data_root).read(context)
    assert corpus.speakers["speaker"].tolist() == ["110CYL068", "20000410_nyt-NEW", "SemEval_1", "SemEval_10"]


def test_all_mistakes_at_once(builders: Mapping, context: ReadContext) -> None:
    builders["emobank"](context.data_root)
    table = context.data_root / "text" / "emobank" / "emobank.csv"
    table.write_text(table.read_text().replace("test,2.8,3.1,2.8", "exam,0.8,,2.8"))
    with pytest.raises(InputError) as caught:
        EmoBank().read(context)
    assert str(caught.value).splitlines() == [
        f"{table}:3: V '0.8' is not a number from 1 to 5",
        f"{table}:3: A '' is not a number from 1 to 5",
        f"{table}:3: split 'exam' is not one of train, dev, test",
    ]


def test_the_real_emobank(shared_data: Path, tmp_path: Path) -> None:
    corpus = EmoBank().read(ReadContext(shared_data, tmp_path))
    (published,) = EmoBank.published
    assert len(corpus.utterances) == published.all_utterances == 10062
    assert corpus.utterances["split"].value_counts().to_dict() == {"train": 8062, "dev": 1000, "test": 1000}
    labels = corpus.utterances[["valence", "activation", "dominance"]]
    assert labels.min().tolist() == [1.2, 1.8, 1.78]
    assert labels.max().tolist() == [4.6, 4.4, 4.2]
    assert labels.mean().round(3).tolist() == [2.977, 3.042, 3.063]
    headlines = corpus.speakers["speaker"].str.startswith("SemEval_")
    assert (len(corpus.speakers), headlines.sum()) == (1327, 1192)
