"""EmoryNLP: emotions of the feeling wheel, turns of several people, and the true counts of the real tables."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.emorynlp import EmoryNLP
from fedser.errors import InputError


@pytest.fixture
def folder(builders: Mapping, context: ReadContext) -> Path:
    """The small corpus."""
    builders["emorynlp"](context.data_root)
    return context.data_root / "text" / "emorynlp"


def test_what_the_tables_tell(folder: Path, context: ReadContext) -> None:
    corpus = EmoryNLP().read(context)
    assert list(corpus.utterances.columns) == [
        *("utterance", "text", "speaker", "session", "emotion"),
        *("split", "scene", "turn"),
    ]
    assert corpus.utterances.iloc[1].tolist() == [
        *("s01e02_c01_u002", "Yeah, right!", "Joey Tribbiani", "s01e02", "neutral"),
        *("train", "s01e02_c01", 2),
    ]
    assert corpus.utterances["emotion"].tolist() == [
        *("powerful", "neutral", "happy", "peaceful", "angry", "fearful", "sad"),
    ]
    assert corpus.speakers.fillna("?").values.tolist() == [
        ["#ALL#", "?"],
        ["Carol Willick and Susan Bunch", "?"],
        ["Joey Tribbiani", "male"],
        ["Joey's Sisters", "?"],
        ["Rachel Green", "female"],
    ]


def test_the_leads_alone_by_season(folder: Path, context: ReadContext) -> None:
    corpus = EmoryNLP(speakers="leads", unit="season").read(context)
    assert corpus.speakers.values.tolist() == [
        ["Joey Tribbiani-s01", "Joey Tribbiani", "male"],
        ["Joey Tribbiani-s04", "Joey Tribbiani", "male"],
        ["Rachel Green-s01", "Rachel Green", "female"],
        ["Rachel Green-s04", "Rachel Green", "female"],
    ]
    assert corpus.dropped == {"not one of the six leads": 3}


def test_a_lead_who_speaks_with_others_is_not_a_lead_alone(folder: Path, context: ReadContext) -> None:
    table = folder / "emorynlp_train_final.csv"
    table.write_text(table.read_text().replace("Carol Willick", "Rachel Green"))
    corpus = EmoryNLP().read(context)
    together = corpus.speakers.set_index("speaker").loc["Rachel Green and Susan Bunch"]
    assert together.isna().all()


@pytest.mark.parametrize("cell", ["Rachel Green", "[]", "['Rachel]", "['Rachel Green';'Ross Geller']"])
def test_a_cell_that_is_no_list_of_names(cell: str, folder: Path, context: ReadContext) -> None:
    table = folder / "emorynlp_dev_final.csv"
    table.write_text(table.read_text().replace("['#ALL#'],Peaceful", f"{cell},peaceful"))
    with pytest.raises(InputError) as caught:
        EmoryNLP().read(context)
    assert str(caught.value).splitlines() == [
        f"{table}:2: Speaker {cell!r} is not a list of names such as ['Joey Tribbiani']",
        f"{table}:2: Emotion 'peaceful' is not one of Neutral, Joyful, Scared, Mad, Peaceful, Powerful, Sad",
    ]


def test_the_real_emorynlp(shared_data: Path, tmp_path: Path) -> None:
    corpus = EmoryNLP().read(ReadContext(shared_data, tmp_path))
    whole, ours = EmoryNLP.published
    assert (len(corpus.utterances), ours.all_utterances, whole.all_utterances) == (9489, 9489, 12606)
    assert corpus.utterances["emotion"].value_counts().to_dict() == {
        "neutral": 3095,
        "happy": 2099,
        "fearful": 1184,
        "angry": 968,
        "peaceful": 831,
        "powerful": 717,
        "sad": 595,
    }
    assert corpus.utterances["split"].value_counts().to_dict() == {"train": 7551, "dev": 954, "test": 984}
    assert corpus.utterances.groupby("split")["scene"].nunique().to_dict() == {"train": 659, "dev": 89, "test": 79}
    assert sorted(corpus.utterances["session"].str[:3].unique()) == ["s01", "s02", "s03", "s04"]
    assert len(corpus.speakers) == 259
    leads = EmoryNLP(speakers="leads").read(ReadContext(shared_data, tmp_path))
    assert leads.speakers["gender"].value_counts().to_dict() == {"female": 3, "male": 3}
    assert (len(leads.utterances), leads.dropped) == (7345, {"not one of the six leads": 2144})
