"""``fedser corpora``: the counts of what lies somewhere, beside those that others printed, and what is refused."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.corpora import Corpus, CorpusReader
from fedser.corpora.labels import EMOTIONS
from fedser.corpora.published import Published
from fedser.corpora.synthetic import Synthetic
from simulations.corpus_report.beside import elsewhere, theirs
from simulations.corpus_report.choice import readers
from simulations.corpus_report.counts import ALL, Count, Key, count
from simulations.machine import Machine

Cli = Callable[..., tuple[int, str, str]]

EMODB = ("03a01Fa", "03a01Nc", "08a02Wb", "08b03La", "16b10Td")


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe of no known width, which is taken for 80 columns."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def emodb(tmp_path: Path) -> Path:
    """Five utterances of EmoDB: half a second each, the last at another rate."""
    (tmp_path / "emodb" / "wav").mkdir(parents=True)
    for number, stem in enumerate(EMODB):
        rate = 8000 if number == 4 else 16000
        soundfile.write(tmp_path / "emodb" / "wav" / f"{stem}.wav", np.full(rate // 2, 0.1), rate)
    return tmp_path / "emodb"


@pytest.fixture
def podcast(tmp_path: Path) -> Path:
    """A manifest of texts and dimensions, whose speakers come from many places."""
    rows = ["text,who,V,country"]
    rows += [f"{'word ' * (1 + number % 3)},{number:02},{number / 8},c{number:02}" for number in range(24)]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "list.csv"


TEXTS = ("--set", "columns={path: null, emotion: null, text: text, speaker: who, valence: V}")


def rows(table: str, text: str) -> list[list[str]]:
    """The cells of the table whose first heading is ``table``, its headings first."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split("  ")[0].strip() == table)
    block = lines[start : start + next(n for n, line in enumerate([*lines[start:], ""]) if not line.strip())]
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in block if "──" not in line]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_without_a_name_every_reader_is_listed(fedser: Cli) -> None:
    code, out, _ = fedser("corpora")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(readers())
    emodb = readers()["emodb"]
    assert f"  {emodb.summary()} [{emodb.source}]" in out


def test_counts_stand_beside_the_published_ones(fedser: Cli, emodb: Path) -> None:
    code, out, errors = fedser("corpora", "emodb", emodb)
    assert code == 0
    assert errors.splitlines() == ["audio headers: 0/5", "audio headers: 5/5"]
    assert max(map(len, out.splitlines())) <= 80
    assert rows("emotion", out) == [
        ["emotion", "utterances", "[1]", "diff"],
        ["angry", "1", "127", "-126"],
        ["bored", "1", "81", "-80"],
        ["happy", "1", "71", "-70"],
        ["neutral", "1", "79", "-78"],
        ["sad", "1", "62", "-61"],
        ["fearful", "0", "69", "-69"],
        ["disgust", "0", "46", "-46"],
    ]
    assert rows("gender", out) == [
        ["gender", "speakers", "[1]", "diff", "utterances"],
        ["female", "2", "5", "-3", "3"],
        ["male", "1", "5", "-4", "2"],
    ]
    assert "0.0007 h of audio in 5 files at 16,000 Hz (4 files), 8,000 Hz (1 files)." in out
    assert "[1] Burkhardt et al. 2005, as released" in out


def test_numbers_are_summed_up(fedser: Cli, emodb: Path) -> None:
    _, out, _ = fedser("corpora", "emodb", emodb)
    assert rows("numbers", out) == [
        ["numbers", "n", "mean", "sd", "min", "median", "max"],
        ["seconds per utterance", "5", "0.50", "0", "0.50", "0.50", "0.50"],
        ["utterances per speaker", "3", "1.67", "0.58", "1", "2", "2"],
        ["age per speaker", "3", "32", "1.73", "31", "31", "34"],
    ]


def test_each_speaker_is_shown_when_asked_for(fedser: Cli, emodb: Path) -> None:
    _, out, _ = fedser("corpora", "emodb", emodb, "--speakers")
    assert rows("speaker", out) == [
        ["speaker", "gender", "age", "utterances"],
        ["03", "male", "31", "2"],
        ["08", "female", "34", "2"],
        ["16", "female", "31", "1"],
    ]


def test_all_counts_as_a_tidy_table(fedser: Cli, emodb: Path, tmp_path: Path) -> None:
    code, out, _ = fedser("corpora", "emodb", emodb, "--out", tmp_path / "new" / "counts.csv")
    assert code == 0
    assert out.splitlines()[-1].startswith("counts: ")
    table = read(tmp_path / "new" / "counts.csv")
    shared = {"corpus": "emodb", "statistic": "count", "source": "Burkhardt et al. 2005, as released"}
    happy = {"of": "utterances", "column": "emotion", "value": "happy", "ours": "1", "with_file": "1"}
    assert {**shared, **happy, "published": "71", "difference": "-70"} in table
    found = {(row["of"], row["column"], row["value"], row["statistic"]): row["ours"] for row in table}
    assert len(found) == len(table)
    assert found["utterances", "speaker", "03", "count"] == "2"
    assert found["utterances", "seconds", "", "total"] == "2.5"
    assert found["files", "sample_rate", "8000", "count"] == "1"


def test_what_is_missing_is_said_and_the_tables_counted_whole(fedser: Cli) -> None:
    settings = ("--set", "speakers=4", "--set", "utterances_per_emotion=1", "--set", "corpus=never-made")
    code, out, errors = fedser("corpora", "synthetic", *settings)
    assert (code, errors) == (0, "")
    assert rows("emotion", out)[0:2] == [["emotion", "utterances", "with file"], ["angry", "4", "0"]]
    said = " ".join(out.split())
    assert "16 of 16 utterances have no file here; the tables are counted whole all the same." in said


def test_what_was_made_is_there(fedser: Cli) -> None:
    made = Synthetic(corpus="made", speakers=2, utterances_per_emotion=1, seconds=0.5)
    made.read(Machine.here().context())
    settings = [f"{key}={getattr(made, key)}" for key in ("corpus", "speakers", "utterances_per_emotion", "seconds")]
    _, out, _ = fedser("corpora", "synthetic", *(word for setting in settings for word in ("--set", setting)))
    assert "no file here" not in out
    assert " h of audio in 8 files at 16,000 Hz." in out


def test_texts_have_words_and_no_duration(fedser: Cli, podcast: Path) -> None:
    code, out, errors = fedser("corpora", "manifest", podcast, *TEXTS, "--set", "speaker_attributes=[country]")
    assert (code, errors) == (0, "")
    numbers = rows("numbers", out)
    assert numbers[1] == ["valence per utterance", "24", "1.44", "0.88", "0", "1.44", "2.88"]
    assert numbers[2] == ["words per utterance", "24", "2", "0.83", "1", "2", "3"]
    assert "Texts alone: no files." in out


def test_many_values_are_cut(fedser: Cli, podcast: Path, tmp_path: Path) -> None:
    settings = (*TEXTS, "--set", "speaker_attributes=[country]", "--out", tmp_path / "all.csv")
    _, out, _ = fedser("corpora", "manifest", podcast, *settings)
    country = rows("country", out)
    assert len(country) == 1 + 20 + 1
    assert country[-1] == ["and 4 more (--out)"]
    written = [row for row in read(tmp_path / "all.csv") if (row["of"], row["column"]) == ("speakers", "country")]
    assert len(written) == 24


def test_what_was_left_out_is_counted(fedser: Cli, podcast: Path) -> None:
    _, out, _ = fedser("corpora", "manifest", podcast, *TEXTS, "--set", "drop={who: ['03', '05']}")
    assert rows("left out, by reason", out) == [
        ["left out, by reason", "utterances"],
        ["who 03", "1"],
        ["who 05", "1"],
    ]


def test_files_that_cannot_be_read_are_refused_after_all_else_was_told(fedser: Cli, emodb: Path) -> None:
    broken = emodb / "wav" / "03a01Fa.wav"
    broken.write_bytes(b"RIFF?")
    code, out, errors = fedser("corpora", "emodb", emodb)
    assert code == 2
    assert "1 of 5 files cannot be read as audio: they count, but have no duration." in out
    assert rows("numbers", out)[1][:2] == ["seconds per utterance", "4"]
    assert f"fedser: {broken}: not readable as audio" in errors


def test_of_many_files_that_cannot_be_read_the_first_are_named(fedser: Cli, emodb: Path) -> None:
    for number in range(12):
        (emodb / "wav" / f"03a{number:02}Wa.wav").write_bytes(b"RIFF?")
    code, out, errors = fedser("corpora", "emodb", emodb)
    assert code == 2
    assert "12 of 17 files cannot be read as audio" in out
    lines = errors.splitlines()
    assert lines[-2].startswith(f"{emodb}/wav/03a09Wa.wav: not readable as audio")
    assert lines[-1] == "and 2 more files that cannot be read"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("emdb",), "corpora: unknown 'emdb', did you mean 'emodb'?"),
        (("xyz",), f"corpora: unknown 'xyz' (choose from {', '.join(readers())})"),
        (("synthetic", "here"), "corpora synthetic: it is made, not read: give no PATH (got here)"),
        (("manifest",), "corpora manifest: path: missing"),
        (
            ("ravdess", "x", "--set", "calme=drop", "--set", "calm=away"),
            "--set calme=drop: calme: unknown key, did you mean 'calm'?\n"
            "--set calm=away: calm: should be 'keep', 'drop' or 'neutral', got \"away\"",
        ),
        (("--speakers",), f"corpora: which one? (choose from {', '.join(readers())})"),
    ],
)
def test_bad_input(fedser: Cli, arguments: tuple[str, ...], message: str) -> None:
    code, _, errors = fedser("corpora", *arguments)
    assert (code, errors) == (2, f"fedser: {message}\n")


def test_a_missing_corpus_says_where_to_get_it(fedser: Cli, tmp_path: Path) -> None:
    code, _, errors = fedser("corpora", "emodb", tmp_path / "emo")
    assert code == 2
    assert errors.startswith(
        f"fedser: {tmp_path}/emo: no such folder; EmoDB belongs there.\n  Get it from http://emodb"
    )


def test_without_a_place_it_is_looked_for_below_the_data_root(fedser: Cli, emodb: Path) -> None:
    code, out, _ = fedser("corpora", "emodb", "--set", f"data_root={emodb.parent}")
    assert (code, rows("gender", out)[1][1]) == (0, "2")


class Printed(CorpusReader):
    """A reader whose corpus others have counted."""

    source = "nobody"
    published = (
        Published("A", speakers={"gender": {"female": 3}}, all_speakers=5),
        Published("A", settings={"parts": ("x", "y"), "calm": True}, all_utterances=7),
        Published("B", settings={"calm": False}, utterances={"emotion": {"sad": 2}}),
    )
    corpus: str = "printed"
    parts: tuple[str, ...] = ("x", "y")
    calm: bool = True

    def read(self, context: Any) -> Corpus:
        raise NotImplementedError


def test_others_counts_hold_under_their_settings_alone() -> None:
    everywhere = {Key("speakers", ALL, ALL): 5, Key("speakers", "gender", "female"): 3}
    assert theirs(Printed()) == {"A": everywhere | {Key("utterances", ALL, ALL): 7}}
    assert elsewhere(Printed()) == ["B, with --set calm=false"]
    assert theirs(Printed(calm=False)) == {"A": everywhere, "B": {Key("utterances", "emotion", "sad"): 2}}
    assert elsewhere(Printed(calm=False)) == ['A, with --set \'parts=["x", "y"]\' --set calm=true']


@pytest.mark.parametrize("name", readers())
def test_published_counts_name_what_the_reader_knows(name: str) -> None:
    reader = readers()[name]
    needed = {key: "x" for key in ("corpus", "path") if key in reader.model_fields}
    for published in reader.published:
        assert published.source in theirs(reader.model_validate(needed | dict(published.settings)))
        assert set(published.utterances.get("emotion", ())) <= set(EMOTIONS)


def test_what_is_not_known_is_counted_too() -> None:
    utterances = pd.DataFrame(
        {
            "utterance": ["a", "b", "c"],
            "path": ["/a.wav", None, None],
            "speaker": ["1", "1", "2"],
            "emotion": ["sad", None, "sad"],
        }
    )
    speakers = pd.DataFrame({"speaker": ["1", "2"], "age": pd.Series([30.0, None])})
    counts = count(Corpus("x", utterances, speakers))
    assert counts[Key("utterances", ALL, ALL)] == Count(3, 1)
    assert counts[Key("speakers", ALL, ALL)] == Count(2, 1)
    assert counts[Key("utterances", "emotion", "sad")] == Count(2, 1)
    assert counts[Key("utterances", "emotion", "not known")] == Count(1, 0)
    assert counts[Key("speakers", "age", "30")] == Count(1, 1)
    assert counts[Key("utterances", "age", "not known")] == Count(1, 0)


def test_others_may_count_by_any_column() -> None:
    utterances = pd.DataFrame({"utterance": ["a", "b"], "text": "x", "speaker": "1", "emotion": "sad", "take": [1, 2]})
    corpus = Corpus("x", utterances, pd.DataFrame({"speaker": ["1"]}))
    assert Key("utterances", "take", "2") not in count(corpus)
    assert count(corpus, ["take", "gone"])[Key("utterances", "take", "2")] == Count(1, 0)


def test_the_votes_of_crema_d_give_the_papers_counts_without_its_audio(fedser: Cli, shared_data: Path) -> None:
    code, out, _ = fedser("corpora", "crema_d", shared_data / "crema-d")
    assert code == 0
    table = {row[0]: row for row in rows("emotion", out)}
    paper = {"neutral": "1,972", "happy": "1,219", "sad": "588", "angry": "1,019"}
    for emotion, number in paper.items():
        assert table[emotion][1] == table[emotion][3] == number
        assert table[emotion][4] == "0"
    assert "utterances have no file here" in " ".join(out.split())


def test_pictures_have_no_duration(fedser: Cli, shared_data: Path) -> None:
    code, out, _ = fedser("corpora", "fairface", shared_data / "fairface")
    assert code == 0
    assert [row[1:4] for row in rows("split", out)[1:]] == [
        ["1,120", "86,744", "-85,624"],
        ["420", "10,954", "-10,534"],
    ]
    assert "h of audio" not in out


def test_the_real_ravdess_is_whole(fedser: Cli, shared_data: Path) -> None:
    code, out, _ = fedser("corpora", "ravdess", shared_data / "ravdess")
    assert code == 0
    assert all(row[-1] == "0" for row in rows("emotion", out)[1:])
    assert "1.48 h of audio in 1,440 files at 16,000 Hz." in out
