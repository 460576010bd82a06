"""IEMOCAP: who speaks, which turns are read, what stands beside the labels, and what may be missing or wrong."""

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from fedser.audio import read_audio
from fedser.corpora import ReadContext
from fedser.corpora.corpus import Corpus
from fedser.corpora.iemocap import IEMOCAP
from fedser.errors import InputError


@pytest.fixture
def folder(builders: Mapping, context: ReadContext) -> Path:
    """The small release of the battery."""
    builders["iemocap"](context.data_root)
    return context.data_root / "iemocap"


def evaluation(folder: Path, dialog: str = "Ses01F_impro01") -> Path:
    return folder / f"Session{dialog[4]}" / "dialog" / "EmoEvaluation" / f"{dialog}.txt"


def read(context: ReadContext, **settings: str) -> Corpus:
    return IEMOCAP.model_validate(settings).read(context)


def refusal(context: ReadContext, **settings: str) -> str:
    with pytest.raises(InputError) as caught:
        read(context, **settings)
    return str(caught.value)


def test_the_last_part_of_the_name_says_who_speaks(folder: Path, context: ReadContext) -> None:
    corpus = read(context)
    columns = ["utterance", "speaker", "session", "emotion", "scenario", "dialogue"]
    assert corpus.utterances[columns].values.tolist() == [
        ["Ses01F_impro01_F000", "Ses01F", "1", "neutral", "improvised", "Ses01F_impro01"],
        ["Ses01F_impro01_M000", "Ses01M", "1", "happy", "improvised", "Ses01F_impro01"],
        ["Ses01F_impro01_M001", "Ses01M", "1", "undecided", "improvised", "Ses01F_impro01"],
        ["Ses03M_impro05a_F000", "Ses03F", "3", "angry", "improvised", "Ses03M_impro05a"],
        ["Ses03M_impro05a_M000", "Ses03M", "3", "happy", "improvised", "Ses03M_impro05a"],
        ["Ses05F_script01_1_F001", "Ses05F", "5", "sad", "scripted", "Ses05F_script01_1"],
        ["Ses05F_script01_1_M002", "Ses05M", "5", "other", "scripted", "Ses05F_script01_1"],
        ["Ses05F_script01_1_M003", "Ses05M", "5", "frustrated", "scripted", "Ses05F_script01_1"],
    ]
    assert corpus.speakers.values.tolist() == [
        [f"Ses0{session}{letter}", gender]
        for session in (1, 3, 5)
        for letter, gender in (("F", "female"), ("M", "male"))
    ]
    assert corpus.dropped == {}


def test_the_dimensions_are_the_numbers_of_the_turn(folder: Path, context: ReadContext) -> None:
    numbers = read(context).utterances[["valence", "activation", "dominance"]]
    assert numbers.iloc[[1, 5]].values.tolist() == [[4.0, 4.5, 3.5], [2.0, 1.6667, 2.0]]


@pytest.mark.parametrize(("excited", "happy", "kept"), [("happy", 2, 0), ("keep", 1, 1)])
def test_excited_turns(excited: str, happy: int, kept: int, folder: Path, context: ReadContext) -> None:
    counts = read(context, excited=excited).utterances["emotion"].value_counts()
    assert (counts["happy"], counts.get("excited", 0)) == (happy, kept)


@pytest.mark.parametrize(
    ("scenarios", "turns", "speakers", "dropped"),
    [("both", 8, 6, {}), ("improvised", 5, 4, {"scripted": 3}), ("scripted", 3, 2, {"improvised": 5})],
)
def test_scenarios(
    scenarios: str, turns: int, speakers: int, dropped: dict[str, int], folder: Path, context: ReadContext
) -> None:
    corpus = read(context, scenarios=scenarios)
    assert (len(corpus.utterances), len(corpus.speakers), corpus.dropped) == (turns, speakers, dropped)


def test_a_scenario_that_is_not_there(folder: Path, context: ReadContext) -> None:
    shutil.rmtree(folder / "Session5")
    assert refusal(context, scenarios="scripted") == "corpus iemocap: no utterance is left (improvised)"


def test_transcripts_keep_their_colons_and_noises(folder: Path, context: ReadContext) -> None:
    said = read(context).utterances.set_index("utterance")["text"]
    assert said["Ses03M_impro05a_F000"] == "No: never."
    assert said["Ses01F_impro01_M000"] == "Do you have [LAUGHTER] your forms?"


def test_text_alone_needs_no_audio(folder: Path, context: ReadContext) -> None:
    for session in folder.iterdir():
        shutil.rmtree(session / "sentences")
    corpus = read(context, media="text")
    assert "path" not in corpus.utterances
    assert len(corpus.utterances) == 8
    assert corpus.utterances["text"][2] == "Yeah."


def test_turns_without_a_transcript(folder: Path, context: ReadContext) -> None:
    transcripts = folder / "Session1" / "dialog" / "transcriptions" / "Ses01F_impro01.txt"
    kept = [line for line in transcripts.read_text().splitlines() if "_M000" not in line]
    transcripts.write_text("\n".join([*kept[:2], "Ses01F_impro01_M001 [020.0000-021.0000]:  "]))
    spoken, written = read(context), read(context, media="text")
    assert spoken.utterances["text"].isna().tolist() == [False, True, True] + [False] * 5
    assert spoken.dropped == {}
    assert len(written.utterances) == 6
    assert written.dropped == {"no transcript": 2}


def test_a_copy_without_transcripts(folder: Path, context: ReadContext) -> None:
    for session in folder.iterdir():
        shutil.rmtree(session / "dialog" / "transcriptions")
    assert "text" not in read(context).utterances
    assert refusal(context, media="text") == (
        f"{folder}: no transcripts; IEMOCAP has them in Session1/dialog/transcriptions and so on"
    )


def test_transcripts_typed_on_windows(folder: Path, context: ReadContext) -> None:
    transcripts = folder / "Session1" / "dialog" / "transcriptions" / "Ses01F_impro01.txt"
    transcripts.write_bytes(b"Ses01F_impro01_F000 [006.2901-008.2357]: That\x92s it.\r\n")
    assert read(context).utterances["text"][0] == "That\u2019s it."
    transcripts.write_bytes(b"Ses01F_impro01_F000 [006.2901-008.2357]: That\x81s it.\n")
    assert refusal(context) == (
        f"{transcripts}: neither UTF-8 nor Windows-1252 text (character maps to <undefined> at byte 45)"
    )


def test_the_release_may_lie_in_the_folder_it_unpacks_to(folder: Path, context: ReadContext) -> None:
    unpacked = context.data_root / "licensed" / "IEMOCAP_full_release"
    shutil.copytree(folder, unpacked)
    for path in ("licensed", "licensed/IEMOCAP_full_release"):
        assert read(context, path=path).paths[0].is_relative_to(unpacked)


def test_turns_without_audio(folder: Path, context: ReadContext) -> None:
    (folder / "Session1" / "sentences" / "wav" / "Ses01F_impro01" / "Ses01F_impro01_M000.flac").unlink()
    survey = IEMOCAP().survey(context)
    assert survey.utterances["path"].isna().tolist() == [False, True] + [False] * 6
    assert refusal(context) == (
        f"{folder}: 1 of 8 utterances have no file: Ses01F_impro01_M000;"
        " get them, or leave these utterances out with missing_files: drop"
    )
    assert read(context, missing_files="drop").dropped == {"no file": 1}


def test_audio_without_a_label_is_counted(folder: Path, context: ReadContext, make_sound: Callable[..., Path]) -> None:
    make_sound(folder / "Session1" / "sentences" / "wav" / "Ses01F_impro01" / "Ses01F_impro01_MXX0.wav")
    evaluation(folder, "Ses05F_script01_1").unlink()
    assert read(context).dropped == {"not evaluated": 4}


def test_one_turn_in_two_formats(folder: Path, context: ReadContext, make_sound: Callable[..., Path]) -> None:
    wav = make_sound(folder / "Session1" / "sentences" / "wav" / "Ses01F_impro01" / "Ses01F_impro01_M000.wav")
    assert refusal(context) == f"{wav}: the same utterance as {wav.with_suffix('.flac')}; keep one of them"


def test_all_malformed_labels_are_told_with_their_lines(folder: Path, context: ReadContext) -> None:
    first, last = evaluation(folder), evaluation(folder, "Ses05F_script01_1")
    lines = first.read_text().splitlines()
    lines[2] = lines[2].replace("2.5000]", "two]")
    lines[10] = lines[10].replace("M000", "X000")
    lines.append("Ses01F_impro01_F009 neu")
    first.write_text("\n".join(lines))
    text = last.read_text()
    last.write_text(text.replace("\tsad\t", "\tsorry\t") + text)
    rule = "a label should read '[START - END] TURN EMOTION [V, A, D]', with a turn such as Ses01F_impro01_F000, got"
    codes = "ang, dis, exc, fea, fru, hap, neu, oth, sad, sur, xxx"
    assert refusal(context).splitlines() == [
        rf"{first}:3: {rule} '[6.2901 - 7.7901]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, two]'",
        rf"{first}:11: {rule} '[7.2901 - 8.7901]\tSes01F_impro01_X000\texc\t[4.0000, 4.5000, 3.5000]'",
        f"{first}:27: {rule} 'Ses01F_impro01_F009 neu'",
        f"{last}:3: the emotion of Ses05F_script01_1_F001 should be one of {codes}, got 'sorry'",
        f"{last}:29: Ses05F_script01_1_F001 has its label in {last}:3 already",
        f"{last}:37: Ses05F_script01_1_M002 has its label in {last}:11 already",
        f"{last}:45: Ses05F_script01_1_M003 has its label in {last}:19 already",
    ]


def test_line_ends_of_windows(folder: Path, context: ReadContext) -> None:
    first = read(context)
    for path in folder.glob("Session?/dialog/*/Ses*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(context).utterances.equals(first.utterances)


def test_folders_without_labels(folder: Path, context: ReadContext) -> None:
    first = evaluation(folder)
    for dialog in ("Ses03M_impro05a", "Ses05F_script01_1"):
        evaluation(folder, dialog).unlink()
    first.write_text(first.read_text().splitlines()[0])
    assert refusal(context) == f"{folder}: no turn in 1 label files, such as {first.relative_to(folder)}"
    first.unlink()
    assert refusal(context) == (
        f"{folder}: no label file; IEMOCAP has them in Session1/dialog/EmoEvaluation/Ses01F_impro01.txt and so on"
    )


def test_what_feng_et_al_print(shared_data: Path) -> None:
    tables = shared_data.parent / "paper_tables"
    if not tables.is_dir():
        pytest.skip("needs ../shared/paper_tables (the tables of the paper)")
    with (tables / "table1_labels.csv").open() as stream:
        printed = next(row for row in csv.DictReader(stream) if row["corpus"] == "IEMOCAP")
    table = next(each for each in IEMOCAP.published if "Feng" in each.source)
    assert {label: int(printed[label]) for label in table.utterances["emotion"]} == table.utterances["emotion"]
    assert sum(table.utterances["emotion"].values()) == int(printed["all"])
    usual = next(each for each in IEMOCAP.published if "EmoBox" in each.source)
    assert sum(usual.utterances["emotion"].values()) == 5531


def test_real_speech_under_official_names(folder: Path, context: ReadContext, shared_data: Path) -> None:
    official = folder / "Session1" / "sentences" / "wav" / "Ses01F_impro01" / "Ses01F_impro01_M000.flac"
    real = shared_data / "emodb" / "wav" / "03a01Fa.flac"
    shutil.copy(real, official)
    wave = read_audio(read(context).paths[1], 16000)
    assert len(wave) > 16000
    np.testing.assert_array_equal(wave, read_audio(real, 16000))
