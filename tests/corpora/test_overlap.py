"""What private and shadow corpora may not share: names, audio, pictures, texts."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.corpora import Corpus, ReadContext, refuse_overlap
from fedser.corpora.emobank import EmoBank
from fedser.corpora.emorynlp import EmoryNLP
from fedser.corpora.isear import ISEAR
from fedser.corpora.meld import MELD
from fedser.errors import InputError


def refusal(private: Corpus, shadow: Sequence[Corpus]) -> list[str]:
    with pytest.raises(InputError) as caught:
        refuse_overlap(private, shadow)
    return str(caught.value).splitlines()


@pytest.fixture
def sounding(tmp_path: Path, make_sound: Callable[..., Path]) -> Callable[[str], Corpus]:
    """Makes a corpus whose files exist, all of one size."""

    def make(name: str) -> Corpus:
        ids = [f"{speaker}{number}" for speaker in "fm" for number in (0, 1)]
        paths = [str(tmp_path / f"{name}-{one}.wav") for one in ids]
        utterances = pd.DataFrame(
            {"utterance": ids, "path": paths, "speaker": [one[0] for one in ids], "emotion": "sad"}
        )
        made = Corpus(name, utterances, pd.DataFrame({"speaker": ["f", "m"], "gender": ["female", "male"]}))
        for path in made.paths:
            make_sound(path)
        return made

    return make


def test_corpora_that_share_nothing(sounding: Callable[[str], Corpus]) -> None:
    refuse_overlap(sounding("a"), [sounding("b"), sounding("c")])


def test_private_and_shadow_of_one_name(sounding: Callable[[str], Corpus]) -> None:
    assert refusal(sounding("a"), [sounding("b"), sounding("a")]) == [
        "private and shadow overlap: both have the corpus a"
    ]


def test_private_and_shadow_with_the_same_audio(sounding: Callable[[str], Corpus]) -> None:
    private, shadow = sounding("a"), sounding("b")
    shutil.copy(private.paths[0], shadow.paths[3])
    shared = Corpus("c", shadow.utterances.assign(path=private.utterances["path"]), shadow.speakers)
    a, b = private.paths, shadow.paths
    assert refusal(private, [shadow, shared]) == [
        f"private and shadow overlap: 1 of 4 audio files of a are also in b: {a[0]} = {b[3]}",
        "private and shadow overlap: 4 of 4 audio files of a are also in c:"
        f" {a[0]} = {a[0]}, {a[1]} = {a[1]}, {a[2]} = {a[2]} and 1 more",
    ]


def test_files_without_a_signal_are_not_shared_speech(sounding: Callable[[str], Corpus]) -> None:
    private, shadow = sounding("a"), sounding("b")
    for whole in (private, shadow):
        empty, silent, broken, _ = whole.paths
        empty.write_bytes(b"")
        soundfile.write(silent, np.zeros(8000), 16000)
        broken.write_bytes(b"no audio")
    refuse_overlap(private, [shadow])
    shutil.copy(private.paths[3], shadow.paths[3])
    assert refusal(private, [shadow]) == [
        f"private and shadow overlap: 1 of 4 audio files of a are also in b: {private.paths[3]} = {shadow.paths[3]}"
    ]


LONG = "Could you - please! - be more specific?"


def written(name: str, *texts: str | None) -> Corpus:
    """A corpus of text alone."""
    utterances = pd.DataFrame({"text": texts, "speaker": "01", "emotion": "happy"})
    utterances.insert(0, "utterance", [f"{name}{number}" for number in range(len(texts))])
    return Corpus(name, utterances, pd.DataFrame({"speaker": ["01"], "gender": ["female"]}))


def test_private_and_shadow_with_the_same_texts() -> None:
    private = written("a", "Yes.", LONG, None, "something else that is rather long too")
    shadow = written("b", "could you please be More specific", "Yes.", None)
    assert refusal(private, [written("c", "Yes.", "Yes, I think that I might just do that."), shadow]) == [
        "private and shadow overlap: 1 of 4 texts of a are also in b: a1 = b0"
    ]


def test_one_sentence_is_said_in_many_recordings(sounding: Callable[[str], Corpus]) -> None:
    private, shadow = (
        replace(corpus, utterances=corpus.utterances.assign(text=LONG)) for corpus in map(sounding, "ab")
    )
    refuse_overlap(private, [shadow])
    assert refusal(private, [written("c", LONG)]) == [
        "private and shadow overlap: 4 of 4 texts of a are also in c: f0 = c0, f1 = c0, m0 = c0 and 1 more"
    ]


def test_pictures_may_be_shared_as_well(sounding: Callable[[str], Corpus]) -> None:
    private, shadow = (replace(corpus, media="image") for corpus in map(sounding, "ab"))
    for corpus in (private, shadow):
        corpus.paths[0].write_bytes(b"a picture")
    assert refusal(private, [shadow]) == [
        f"private and shadow overlap: 1 of 4 image files of a are also in b: {private.paths[0]} = {shadow.paths[0]}"
    ]


def test_the_two_transcripts_of_friends_are_no_study(shared_data: Path, tmp_path: Path) -> None:
    context = ReadContext(shared_data, tmp_path)
    emobank, emorynlp, isear, meld = (reader.read(context) for reader in (EmoBank(), EmoryNLP(), ISEAR(), MELD()))
    refuse_overlap(meld, [emobank, isear])
    (line,) = refusal(meld, [emorynlp])
    assert line.startswith("private and shadow overlap: 1057 of 13708 texts of meld are also in emorynlp: ")
