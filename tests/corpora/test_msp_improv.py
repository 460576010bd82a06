"""MSP-IMPROV: what a clip's name means, which clips are read, and what may lie elsewhere, be missing or be wrong."""

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pydantic
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from fedser.audio import read_audio
from fedser.corpora import ReadContext
from fedser.corpora.corpus import Corpus
from fedser.corpora.msp_improv import MSPImprov
from fedser.errors import InputError

SCENARIOS = ("read", "target", "improvised", "natural")


@pytest.fixture
def folder(builders: Mapping, context: ReadContext) -> Path:
    """The small release of the battery."""
    builders["msp_improv"](context.data_root)
    return context.data_root / "msp_improv"


def reader(**settings: object) -> MSPImprov:
    return MSPImprov.model_validate_json(json.dumps(settings))


def read(context: ReadContext, **settings: object) -> Corpus:
    return reader(**settings).read(context)


def refusal(context: ReadContext, **settings: object) -> str:
    with pytest.raises(InputError) as caught:
        read(context, **settings)
    return str(caught.value)


def test_what_a_name_means(folder: Path, context: ReadContext) -> None:
    corpus = read(context)
    columns = ["utterance", "speaker", "session", "emotion", "scenario", "sentence", "intended", "turn"]
    assert corpus.utterances[columns].values.tolist() == [
        ["MSP-IMPROV-S01A-F01-S-FM01", "F01", "1", "neutral", "improvised", "01", "angry", "FM01"],
        ["MSP-IMPROV-S01A-M01-S-MF02", "M01", "1", "angry", "improvised", "01", "angry", "MF02"],
        ["MSP-IMPROV-S01A-F02-R-FF01", "F02", "2", "sad", "read", "01", "angry", "FF01"],
        ["MSP-IMPROV-S13H-M06-T-FM10", "M06", "6", "happy", "target", "13", "happy", "FM10"],
        ["MSP-IMPROV-S13H-M06-P-MF01", "M06", "6", "other", "natural", "13", "happy", "MF01"],
        ["MSP-IMPROV-S20N-F06-P-FM112", "F06", "6", "undecided", "natural", "20", "neutral", "FM112"],
    ]
    assert corpus.speakers.values.tolist() == [
        ["F01", "female"],
        ["F02", "female"],
        ["F06", "female"],
        ["M01", "male"],
        ["M06", "male"],
    ]
    assert corpus.dropped == {}


def test_numbers_may_be_unknown_and_evaluators_may_repeat(folder: Path, context: ReadContext) -> None:
    numbers = read(context).utterances[["valence", "activation", "dominance", "naturalness"]]
    np.testing.assert_array_equal(
        numbers.iloc[[0, 1, 5]].to_numpy(),
        [[3.5, 3.0, 3.0, 4.0], [1.75, 1.5, np.nan, 4.0], [3.25, np.nan, 3.0, 4.0]],
    )


def test_activation_may_be_reversed(folder: Path, context: ReadContext) -> None:
    stored, other = read(context).utterances, read(context, activation="reversed").utterances
    np.testing.assert_array_equal(other["activation"], [3.0, 4.5, 1.75, 4.0, 3.0, np.nan])
    assert other.drop(columns="activation").equals(stored.drop(columns="activation"))


@pytest.mark.parametrize(
    ("scenarios", "clips", "dropped"),
    [
        (["improvised", "target"], 3, {"read": 1, "natural": 2}),
        (["improvised"], 2, {"read": 1, "target": 1, "natural": 2}),
        (["natural", "read"], 3, {"target": 1, "improvised": 2}),
    ],
)
def test_scenarios(
    scenarios: list[str], clips: int, dropped: dict[str, int], folder: Path, context: ReadContext
) -> None:
    corpus = read(context, scenarios=scenarios)
    assert set(corpus.utterances["scenario"]) == set(scenarios)
    assert (len(corpus.utterances), corpus.dropped) == (clips, dropped)
    assert set(corpus.speakers["speaker"]) == set(corpus.utterances["speaker"])


@given(st.permutations(SCENARIOS), st.integers(1, 4))
def test_the_order_of_scenarios_is_nothing(order: list[str], number: int) -> None:
    assert reader(scenarios=order[:number]) == reader(scenarios=sorted(order[:number]))
    assert set(reader(scenarios=order[:number]).scenarios) == set(order[:number])


@pytest.mark.parametrize(("scenarios", "got"), [([], "none"), (["read", "read"], "read, read")])
def test_scenarios_that_say_nothing(scenarios: list[str], got: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=f"one scenario or more, each once, got {got}"):
        reader(scenarios=scenarios)


@pytest.mark.parametrize("place", [".", "Audio", "Audio/deeper/still"])
def test_the_audio_may_lie_at_any_depth(place: str, folder: Path, context: ReadContext, tmp_path: Path) -> None:
    (folder / "Audio").rename(tmp_path / "sessions")
    for session in (tmp_path / "sessions").iterdir():
        (folder / place).mkdir(parents=True, exist_ok=True)
        session.rename(folder / place / session.name)
    assert len(read(context).paths) == 6


def test_copies_outside_audio_are_not_looked_at(
    folder: Path, context: ReadContext, make_sound: Callable[..., Path]
) -> None:
    make_sound(folder / "resampled" / "MSP-IMPROV-S01A-F01-S-FM01.wav")
    assert len(read(context).paths) == 6
    first = make_sound(folder / "Audio" / "a" / "MSP-IMPROV-S01A-F01-S-FM01.wav")
    again = folder / "Audio" / "session1" / "S01A" / "S" / first.name
    assert refusal(context) == f"{again}: the same utterance as {first}; keep one of them"


def test_both_spellings_of_the_label_file(folder: Path, context: ReadContext) -> None:
    released, other = folder / "Evalution.txt", folder / "Evaluation.txt"
    shutil.copy(released, other)
    assert len(read(context).utterances) == 6
    other.write_text(other.read_text().replace("; N; A", "; H; A"))
    assert refusal(context) == (
        f"{folder}: Evalution.txt and Evaluation.txt differ; keep the one whose labels are meant"
    )
    released.unlink()
    assert read(context).utterances["emotion"][0] == "happy"
    other.unlink()
    assert refusal(context) == f"{folder}: no label file; MSP-IMPROV has Evalution.txt or Evaluation.txt there"


def test_a_label_file_without_labels(folder: Path, context: ReadContext) -> None:
    (folder / "Evalution.txt").write_text("\n")
    assert refusal(context) == (
        f"{folder}/Evalution.txt: no clip in it; a label starts as in 'UTD-IMPROV-S01A-F01-S-FM01.avi; N; A:3.0;'"
    )


def test_all_malformed_labels_are_told_with_their_lines(folder: Path, context: ReadContext) -> None:
    labels = folder / "Evalution.txt"
    lines = labels.read_text().splitlines()
    lines[0] = lines[0].replace("-F01-", "-F07-")
    lines[5] = lines[5].replace("; A; A:1.500000", "; A; A:high")
    lines[10] = lines[10].replace("; S; A", "; D; A")
    lines += [lines[15], "IMPROV-S01A-F01-S-FM03.avi; N;"]
    labels.write_text("\n".join(lines))
    rule = (
        "a label should read 'CLIP.avi; EMOTION; A:n; V:n; D:n ; N:n;',"
        " with a clip such as UTD-IMPROV-S01A-F01-S-FM01, got"
    )
    rest = "V:3.500000; D:3.000000 ; N:4.000000;"
    assert refusal(context).splitlines() == [
        f"{labels}:1: {rule} 'UTD-IMPROV-S01A-F07-S-FM01.avi; N; A:3.000000; {rest}'",
        f"{labels}:6: {rule} 'UTD-IMPROV-S01A-M01-S-MF02.avi; A; A:high; V:1.750000; D:NaN ; N:4.000000;'",
        f"{labels}:11: the emotion of UTD-IMPROV-S01A-F02-R-FF01 should be one of A, H, S, N, O, X, got 'D'",
        f"{labels}:31: UTD-IMPROV-S13H-M06-T-FM10 has its label in {labels}:16 already",
        f"{labels}:32: {rule} 'IMPROV-S01A-F01-S-FM03.avi; N;'",
    ]


def test_line_ends_of_windows(folder: Path, context: ReadContext) -> None:
    labels, first = folder / "Evalution.txt", read(context)
    labels.write_bytes(labels.read_bytes().replace(b"\n", b"\r\n"))
    assert read(context).utterances.equals(first.utterances)


def test_transcripts(folder: Path, context: ReadContext) -> None:
    spoken, written = read(context), read(context, media="text")
    assert spoken.utterances["text"][1] == "How could you not see it?"
    assert spoken.utterances["text"].isna().tolist() == [False] * 4 + [True, False]
    assert "path" not in written.utterances
    assert written.dropped == {"no transcript": 1}


def test_the_folder_of_the_transcripts(folder: Path, context: ReadContext) -> None:
    found = folder / "All_human_transcriptions"
    (folder / "Text").mkdir()
    (folder / "Text" / "MSP-IMPROV-S01A-F01-S-FM01.txt").write_text("As a machine heard it.")
    assert refusal(context) == (
        f"{folder}: transcripts in All_human_transcriptions and Text;"
        " say which with transcripts: All_human_transcriptions"
    )
    heard = read(context, transcripts="Text", media="text")
    assert heard.utterances["text"].tolist() == ["As a machine heard it."]
    assert refusal(context, transcripts="text") == (
        f"{folder}/text: no such folder; the corpus's key transcripts names it"
    )
    shutil.rmtree(folder / "Text")
    (folder / "Human_transcriptions").mkdir()
    found.rename(folder / "Human_transcriptions" / found.name)
    assert len(read(context, media="text").utterances) == 5
    shutil.rmtree(folder / "Human_transcriptions")
    assert "text" not in read(context).utterances
    assert refusal(context, media="text") == (
        f"{folder}: no transcripts; MSP-IMPROV has them in All_human_transcriptions"
        " or Human_transcriptions/All_human_transcriptions or Text"
    )


def test_clips_without_audio(folder: Path, context: ReadContext) -> None:
    (folder / "Audio" / "session2" / "S01A" / "R" / "MSP-IMPROV-S01A-F02-R-FF01.wav").unlink()
    assert MSPImprov().survey(context).utterances["path"].isna().tolist() == [False, False, True] + [False] * 3
    assert refusal(context) == (
        f"{folder}: 1 of 6 utterances have no file: MSP-IMPROV-S01A-F02-R-FF01;"
        " get them, or leave these utterances out with missing_files: drop"
    )
    assert read(context, missing_files="drop").dropped == {"no file": 1}
    assert read(context, scenarios=["improvised"]).dropped == {"read": 1, "target": 1, "natural": 2}


def test_audio_without_a_label_is_counted(folder: Path, context: ReadContext, make_sound: Callable[..., Path]) -> None:
    make_sound(folder / "Audio" / "session1" / "S01A" / "S" / "MSP-IMPROV-S01A-F01-S-FM02.wav")
    assert read(context).dropped == {"not evaluated": 1}


def test_a_tone_of_48_khz_keeps_its_frequency(folder: Path, context: ReadContext) -> None:
    path = folder / "Audio" / "session1" / "S01A" / "S" / "MSP-IMPROV-S01A-F01-S-FM01.wav"
    seconds = np.arange(48000) / 48000
    # 440 Hz is to stay; 10 kHz, above what 16 kHz can hold, is to go, not to come back at 6 kHz.
    tones = 0.3 * np.sin(2 * np.pi * 440 * seconds) + 0.3 * np.sin(2 * np.pi * 10000 * seconds)
    soundfile.write(path, tones, 48000, subtype="PCM_16")
    wave = read_audio(read(context).paths[0], 16000)
    spectrum = np.abs(np.fft.rfft(wave)) / len(wave) * 2  # one second: the bins are 1 Hz apart
    assert len(wave) == 16000
    assert spectrum.argmax() == 440
    assert spectrum[440] == pytest.approx(0.3, rel=0.01)
    assert spectrum[5990:6011].max() < 1e-3


def test_what_feng_et_al_print(shared_data: Path) -> None:
    tables = shared_data.parent / "paper_tables"
    if not tables.is_dir():
        pytest.skip("needs ../shared/paper_tables (the tables of the paper)")
    with (tables / "table1_labels.csv").open() as stream:
        printed = next(row for row in csv.DictReader(stream) if row["corpus"] == "MSP-Improv")
    table = next(each for each in MSPImprov.published if "Feng" in each.source)
    assert table.settings == {"scenarios": reader(scenarios=["improvised", "target"]).scenarios}
    assert {label: int(printed[label]) for label in table.utterances["emotion"]} == table.utterances["emotion"]
    assert sum(table.utterances["emotion"].values()) == int(printed["all"])


def test_the_counts_of_the_whole_corpus_agree_with_each_other() -> None:
    whole = next(each for each in MSPImprov.published if each.all_utterances)
    emotions = whole.utterances["emotion"]
    assert sum(emotions.values()) == sum(whole.utterances["scenario"].values()) == whole.all_utterances == 8438
    assert sum(emotions[emotion] for emotion in ("neutral", "happy", "sad", "angry")) == 7798


def test_real_speech_under_official_names(folder: Path, context: ReadContext, shared_data: Path) -> None:
    official = folder / "Audio" / "session6" / "S13H" / "T" / "MSP-IMPROV-S13H-M06-T-FM10.wav"
    real = shared_data / "emodb" / "wav" / "03a01Fa.flac"
    official.unlink()
    shutil.copy(real, official.with_suffix(".flac"))
    np.testing.assert_array_equal(read_audio(read(context).paths[3], 16000), read_audio(real, 16000))
