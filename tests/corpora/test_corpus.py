"""A corpus as a value: what it refuses, selections, joins, and attributes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.corpora import Corpus, attribute_problems, join, require_attribute, with_attribute
from fedser.errors import InputError


def corpus(name: str, genders: dict[str, str | None], emotions: str = "nnhs", folder: Path = Path("/x")) -> Corpus:
    """Each speaker says one utterance per letter of ``emotions``."""
    words = {"n": "neutral", "h": "happy", "s": "sad"}
    rows = [
        (f"{speaker}-{i}", str(folder / f"{name}-{speaker}-{i}.wav"), speaker, words[letter])
        for speaker in genders
        for i, letter in enumerate(emotions)
    ]
    utterances = pd.DataFrame(rows, columns=["utterance", "path", "speaker", "emotion"])
    speakers = pd.DataFrame({"speaker": list(genders), "gender": list(genders.values())})
    return Corpus(name, utterances, speakers)


BOTH = {"1": "female", "2": "male"}


def refusal(call: Callable[..., object], *arguments: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value).splitlines()


def test_what_no_corpus_may_be() -> None:
    good = corpus("a", BOTH)
    twice = pd.concat([good.utterances, good.utterances.head(1)])
    assert refusal(Corpus, "a", twice, good.speakers.head(1)) == [
        "corpus a: utterance given more than once: 1-0",
        "corpus a: utterances of unknown speakers: 2",
    ]
    assert refusal(Corpus, "a", good.utterances.head(0), good.speakers) == ["corpus a: no utterances"]
    assert refusal(Corpus, "a", good.utterances.drop(columns="emotion"), good.speakers[["speaker"]]) == [
        "corpus a: tables without the columns emotion or sentiment or toxicity or valence or activation or dominance"
    ]
    assert refusal(Corpus, "a", good.utterances.drop(columns=["path", "emotion"]), good.speakers) == [
        "corpus a: tables without the columns path or text"
    ]


def test_attributes_may_be_all_that_is_known() -> None:
    good = corpus("a", BOTH)
    bare = Corpus("a", good.utterances.drop(columns="emotion"), good.speakers)
    assert (bare.labels, bare.attributes) == ((), ("gender",))
    assert refusal(bare.with_labels, ["sad"]) == ["corpus a: no emotion; its labels are none"]


def test_only_drops_speakers_that_no_longer_speak_and_counts() -> None:
    whole = corpus("a", BOTH)
    part = whole.only(whole.utterances["speaker"] == "2", "not 2").only(pd.Series([True, False, True, True]), "short")
    assert part.speakers["speaker"].tolist() == ["2"]
    assert part.utterances["utterance"].tolist() == ["2-0", "2-2", "2-3"]
    assert part.dropped == {"not 2": 4, "short": 1}
    assert len(whole.utterances) == 8
    assert refusal(whole.only, whole.utterances["speaker"] == "3", "gone") == ["corpus a: no utterance is left (gone)"]


def test_labels_of_the_task_alone() -> None:
    part = corpus("a", BOTH, "nnhs").with_labels(["sad", "neutral"])
    assert part.utterances["emotion"].tolist() == ["neutral", "neutral", "sad"] * 2
    assert part.dropped == {"happy": 2}


def test_a_class_that_never_occurs() -> None:
    assert refusal(corpus("a", BOTH).with_labels, ["sad", "angry", "bored"]) == [
        "corpus a: no utterance is angry or bored; its emotions are happy, neutral, sad"
    ]


def test_emotions_are_renamed_in_a_new_corpus() -> None:
    whole = corpus("a", BOTH, "nh")
    assert whole.renamed({"happy": "joy"}).utterances["emotion"].tolist() == ["neutral", "joy"] * 2
    assert whole.utterances["emotion"].tolist() == ["neutral", "happy"] * 2


def test_joined_corpora_keep_their_names() -> None:
    one, other = corpus("a", BOTH, "n"), corpus("b", BOTH, "hs").with_labels(["happy"])
    other = Corpus("b", other.utterances.assign(text="x"), other.speakers.assign(age=3), other.dropped)
    joined = join([one, other])
    assert joined.name == "a+b"
    assert joined.utterances["utterance"].tolist() == ["a/1-0", "a/2-0", "b/1-0", "b/2-0"]
    assert joined.utterances["corpus"].tolist() == ["a", "a", "b", "b"]
    assert list(joined.utterances.columns) == ["utterance", "path", "speaker", "emotion", "corpus"]
    assert joined.speakers.values.tolist() == [
        ["a/1", "female", "a"],
        ["a/2", "male", "a"],
        ["b/1", "female", "b"],
        ["b/2", "male", "b"],
    ]
    assert joined.attributes == ("gender",)
    assert joined.dropped == {"b/sad": 2}


def test_persons_of_one_corpus_are_told_in_all_that_are_joined() -> None:
    one, other = corpus("a", BOTH, "n"), corpus("b", BOTH, "n")
    other = replace(other, speakers=other.speakers.assign(person="9"))
    expected = [["a/1", "a/1", "female"], ["a/2", "a/2", "male"], ["b/1", "b/9", "female"], ["b/2", "b/9", "male"]]
    for joined in (join([one, other]), join([other, one])):
        assert list(joined.speakers.columns) == ["speaker", "person", "gender", "corpus"]
        assert sorted(joined.speakers.drop(columns="corpus").values.tolist()) == expected
        assert joined.attributes == ("gender",)


@settings(max_examples=25)
@given(st.lists(st.sampled_from("abcd"), min_size=1, unique=True), st.text("nhs", min_size=1, max_size=5))
def test_a_join_loses_nothing(names: list[str], emotions: str) -> None:
    corpora = [corpus(name, BOTH, emotions) for name in names]
    joined = join(corpora)
    assert joined.paths == [path for each in corpora for path in each.paths]
    assert len(joined.speakers) == 2 * len(names)


def test_corpora_of_one_name_are_not_joined() -> None:
    assert refusal(join, [corpus("a", BOTH), corpus("b", BOTH), corpus("a", BOTH)]) == [
        "corpora of one name: a; set `corpus` to tell them apart"
    ]


def test_an_attribute_of_all() -> None:
    require_attribute(corpus("a", BOTH), [corpus("b", BOTH)], "gender")


def test_an_unknown_attribute_and_speakers_without_one() -> None:
    assert refusal(require_attribute, corpus("a", BOTH), [corpus("b", {"1": "male", "2": None})], "race") == [
        "corpus a: no speaker attribute 'race' (choose from gender)",
        "corpus b: no speaker attribute 'race' (choose from gender)",
    ]
    private = corpus("a", {"1": "male", "2": None, "3": None})
    assert refusal(require_attribute, private, [corpus("b", BOTH)], "gender") == [
        "corpus a: 2 of 3 speakers have no gender: 2, 3 (unknown_attribute: drop leaves them out)"
    ]
    known = with_attribute(private, "gender")
    assert list(known.speakers["speaker"]) == ["1"] and known.dropped == {"speaker without gender": 8}
    bare = Corpus("c", private.utterances, private.speakers[["speaker"]])
    assert attribute_problems(bare, "gender") == ["corpus c: no speaker attribute 'gender' (choose from none)"]


def test_an_attribute_with_one_value_only() -> None:
    men = {"1": "male", "2": "male"}
    assert refusal(require_attribute, corpus("a", men), [corpus("b", men), corpus("c", men)], "gender") == [
        "corpus a: all speakers have the same gender, male: nothing to infer",
        "shadow corpora b, c: all speakers have the same gender, male: nothing to learn",
    ]
    require_attribute(corpus("a", BOTH), [corpus("b", men), corpus("c", {"1": "female"})], "gender")


def test_values_that_the_attacker_never_sees() -> None:
    assert refusal(require_attribute, corpus("a", BOTH), [corpus("b", {"1": "F", "2": "male"})], "gender") == [
        "corpus a: gender has values that no shadow speaker has: female (1) (shadow: F (1), male (1));"
        " attribute.rename, or a manifest's value_map, can rename values"
    ]
