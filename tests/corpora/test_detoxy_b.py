"""DeToxy-B: whose utterances they are, the table that repeats others, and the true counts of the real tables."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.detoxy_b import DeToxyB
from fedser.errors import InputError


@pytest.fixture
def folder(builders: Mapping, context: ReadContext) -> Path:
    """The small corpus, and MELD beside it."""
    builders["detoxy_b"](context.data_root)
    return context.data_root / "text" / "detoxy-b"


def test_what_the_tables_tell(folder: Path, context: ReadContext) -> None:
    corpus = DeToxyB().read(context)
    assert list(corpus.utterances.columns) == [
        *("utterance", "text", "speaker", "toxicity"),
        *("dataset", "split", "trigger"),
    ]
    assert corpus.utterances.iloc[1].tolist() == [
        *("Common Voice/common_voice_en_571094", "Her jeans have holes in them."),
        *("Common Voice/common_voice_en_571094", "not toxic", "Common Voice", "train", True),
    ]
    assert corpus.utterances["text"][4] == "There is a pot of gold."
    assert corpus.utterances["split"].tolist() == ["train"] * 4 + ["dev"] * 2 + ["test"] * 2


def test_speakers_are_known_by_meld_and_by_name(folder: Path, context: ReadContext) -> None:
    corpus = DeToxyB(speakers="known").read(context)
    assert corpus.speakers.fillna("?").values.tolist() == [
        ["LJ Speech/LJ", "?"],
        ["MELD/Monica", "female"],
        ["MELD/Ross", "male"],
        ["VCTK/p260", "?"],
        ["VCTK/s5", "?"],
    ]
    assert corpus.dropped == {"speaker not known": 3}


def test_an_unknown_speaker_is_nobody_else(folder: Path, context: ReadContext) -> None:
    corpus = DeToxyB().read(context)
    unknown = corpus.utterances[corpus.utterances["speaker"] == corpus.utterances["utterance"]]
    assert unknown["utterance"].tolist() == [
        "Common Voice/common_voice_en_18124427",
        "Common Voice/common_voice_en_571094",
        "MELD/train_dia99_utt9",
    ]


def test_without_meld_its_speakers_are_unknown(folder: Path, context: ReadContext) -> None:
    corpus = DeToxyB(meld_path=None, speakers="known").read(context)
    assert corpus.speakers["speaker"].tolist() == ["LJ Speech/LJ", "VCTK/p260", "VCTK/s5"]
    assert corpus.speakers["gender"].isna().all()


def test_a_missing_meld_is_an_error(folder: Path, context: ReadContext) -> None:
    with pytest.raises(InputError) as caught:
        DeToxyB(meld_path="elsewhere").read(context)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{context.data_root}/elsewhere: no such folder; MELD belongs there."
    assert lines[-1] == "  MELD tells who its rows are of; with meld_path: null that is not known."


def test_triggers_that_no_other_table_has_are_kept(folder: Path, context: ReadContext) -> None:
    with (folder / "trigger_test.csv").open("a") as stream:
        stream.write("Common Voice,common_voice_en_1,He whips cream.,0,,\n")
    utterances = DeToxyB().read(context).utterances
    assert utterances.loc[utterances["trigger"], ["utterance", "split"]].values.tolist() == [
        ["Common Voice/common_voice_en_571094", "train"],
        ["Common Voice/common_voice_en_1", "trigger_test"],
    ]


def test_utterances_of_one_file_are_told_apart_by_their_start(folder: Path, context: ReadContext) -> None:
    with (folder / "test.csv").open("a") as stream:
        stream.write("Switchboard,sw2001,Hi.,0,1.5,2.0\nSwitchboard,sw2001,Damn.,1,2.0,3.0\n")
    utterances = DeToxyB().read(context).utterances
    assert utterances["utterance"].tolist()[-2:] == ["Switchboard/sw2001@1.5", "Switchboard/sw2001@2.0"]


def test_all_mistakes_at_once(folder: Path, context: ReadContext) -> None:
    (folder / "valid.csv").unlink()
    table = folder / "test.csv"
    table.write_text(table.read_text().replace("He looks like a maniac.,1", ",yes"))
    with pytest.raises(InputError) as caught:
        DeToxyB().read(context)
    assert str(caught.value).splitlines() == [
        f"{folder}/valid.csv: no such file; it is part of DeToxy-B"
        " (https://github.com/Sreyan88/Toxicity-Detection-in-Spoken-Utterances (data))",
        f"{table}:2: text '' says nothing",
        f"{table}:2: label2a 'yes' is not one of 1, 0",
    ]


def test_the_real_detoxy_b(shared_data: Path, tmp_path: Path) -> None:
    context = ReadContext(shared_data, tmp_path)
    corpus = DeToxyB().read(context)
    utterances = corpus.utterances
    assert (len(utterances), len(corpus.speakers)) == (12463, 11710)
    assert utterances["toxicity"].value_counts().to_dict() == {"not toxic": 9343, "toxic": 3120}
    assert utterances["split"].value_counts().to_dict() == {"train": 8683, "dev": 1909, "test": 1871}
    assert utterances["dataset"].value_counts().to_dict() == {
        "Common Voice": 11551,
        "MELD": 565,
        "VCTK": 199,
        "LJ Speech": 148,
    }
    assert utterances.loc[utterances["trigger"], "split"].value_counts().to_dict() == {
        "train": 400,
        "dev": 70,
        "test": 64,
    }
    assert set(utterances.loc[utterances["trigger"], "toxicity"]) == {"not toxic"}
    known = DeToxyB(speakers="known").read(context)
    assert (len(known.utterances), len(known.speakers)) == (912, 159)
    assert known.dropped == {"speaker not known": 11551}
    leads = known.speakers.dropna(subset="gender")["speaker"].tolist()
    assert leads == [f"MELD/{name}" for name in ("Chandler", "Joey", "Monica", "Phoebe", "Rachel", "Ross")]
    assert known.utterances["speaker"].isin(leads).sum() == 470
