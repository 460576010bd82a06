"""Every lexicon reads its official format, and says what to get where it is not there."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from fedser.errors import InputError
from fedser.metrics.attribution import HIGH, LOW, MIDDLE
from simulations.families import members
from simulations.text.lexicons import RatingsConfig, WordListConfig
from simulations.text.lexicons.entries import Entries

LIWC = "%\n1\ttentat (Tentative)\n2\tswear\n%\nmayb*\t1\nhell\t2\n"
WEAT = {
    "targ1": {"category": "Career", "examples": ["office"]},
    "attr1": {"category": "MaleNames", "examples": ["Paul"]},
}
NRC = "Word\tValence\tArousal\tDominance\nlove\t0.95\t0.5\t0.5\nhate\t0.1\t0.9\t0.5\ntable\t0.5\t0.2\t0.3\n"
FILES = {
    "liwc.dic": LIWC,
    "weat/weat6.jsonl": json.dumps(WEAT),
    "politeness.json": json.dumps({"please": ["please"], "hedges": ["sort of"]}),
    "hedges.txt": "% a remark\n\nperhaps\nkind of\n",
    "nrc.txt": NRC,
    "nrc2.txt": "term\tvalence\tarousal\tdominance\nlove\t0.9\t0\t0\nhate\t-0.8\t0.8\t0\ntable\t0\t-0.6\t-0.4\n",
    "warriner.csv": ",Word,V.Mean.Sum,A.Mean.Sum\n1,love,8.0,5\n2,hate,1.96,7\n3,table,5.0,2\n",
    "vader.txt": "love\t3.2\t0.4\t[3, 3]\nhate\t-2.7\t1\t[-3]\ntable\t0\t0\t[0]\n",
    "afinn.txt": "love\t3\nhate\t-3\ntable\t0\n",
}
LISTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": "sociolinguistic"}, ["maybe", "damn", "isn't", "it", "please"]),
    ({"name": "weat", "path": "weat", "tests": [6]}, ["office", "paul"]),
    ({"name": "politeness", "path": "politeness.json"}, ["please", "sort", "of"]),
    ({"name": "word_file", "path": "hedges.txt"}, ["perhaps", "kind", "of"]),
    ({"name": "liwc", "path": "liwc.dic"}, ["maybe", "hell"]),
]
RATINGS: list[dict[str, Any]] = [
    {"name": "warriner", "path": "warriner.csv"},
    {"name": "nrc_vad", "path": "nrc.txt"},
    {"name": "nrc_vad", "path": "nrc2.txt"},
    {"name": "vader", "path": "vader.txt"},
    {"name": "afinn", "path": "afinn.txt"},
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def made(union: Any, config: dict[str, Any]) -> Any:
    return TypeAdapter(union).validate_json(json.dumps(config))


def test_every_lexicon_is_tested() -> None:
    assert {config["name"] for config, _ in LISTS} == {m.model_fields["name"].default for m in members(WordListConfig)}
    assert {config["name"] for config in RATINGS} == {m.model_fields["name"].default for m in members(RatingsConfig)}


@pytest.mark.parametrize(("config", "words"), LISTS, ids=lambda given: given["name"] if isinstance(given, dict) else "")
def test_a_list_names_its_words(root: Path, config: dict[str, Any], words: list[str]) -> None:
    entries = made(WordListConfig, config).entries(root)
    assert entries.listed([*words, "aardvark"]) == set(words)


@pytest.mark.parametrize("config", RATINGS, ids=lambda config: config["path"])
def test_ratings_are_cut_where_the_labels_are(root: Path, config: dict[str, Any]) -> None:
    assert made(RatingsConfig, config).bins("valence", root) == {"love": HIGH, "hate": LOW, "table": MIDDLE}


def test_of_a_phrase_all_words_are_named_and_only_together() -> None:
    entries = Entries.of({"hedges": ["sort of", "lov*", "Maybe"]})
    assert entries.listed(["sort", "the", "of", "glove"]) == set()
    assert entries.listed(["maybe", "sort", "of", "loving"]) == {"maybe", "sort", "of", "loving"}
    assert len(entries) == 3
    assert len(Entries.joined([entries, Entries.of({"tags": ["right", "maybe"]})])) == 4


@pytest.mark.parametrize(
    ("union", "config"),
    [(WordListConfig, config) for config, _ in LISTS[1:]] + [(RatingsConfig, config) for config in RATINGS],
    ids=lambda given: given.get("path", "") if isinstance(given, dict) else "",
)
def test_what_is_missing_is_told_with_what_to_get_and_where_to_put_it(
    tmp_path: Path, union: Any, config: dict[str, Any]
) -> None:
    lexicon = made(union, config)
    with pytest.raises(InputError) as refused:
        lexicon.entries(tmp_path) if union is WordListConfig else lexicon.bins("valence", tmp_path)
    said = str(refused.value)
    assert said.startswith(str(tmp_path / config["path"]))
    assert "no such lexicon: get " in said and "and put it there" in said and "data_root" in said


def test_a_lexicon_says_what_it_does_not_rate(root: Path) -> None:
    with pytest.raises(InputError, match="lexicon afinn: rates valence, not activation"):
        made(RatingsConfig, RATINGS[-1]).bins("activation", root)


def test_a_category_that_is_none_is_told_with_those_that_there_are(root: Path) -> None:
    with pytest.raises(InputError, match=r"liwc.dic: no category swearing \(choose from tentat, swear\)"):
        made(WordListConfig, {"name": "liwc", "path": "liwc.dic", "categories": ["swearing"]}).entries(root)


def test_the_open_lexicons_are_read_whole(shared_data: Path) -> None:
    sizes = {name: len(made(RatingsConfig, {"name": name}).bins("valence", shared_data)) for name in ("vader", "afinn")}
    assert sizes["afinn"] > 3000 and sizes["vader"] > 7000
    assert len(made(RatingsConfig, {"name": "warriner"}).bins("activation", shared_data)) > 13_000
    assert made(WordListConfig, {"name": "weat"}).entries(shared_data).listed(["amy", "salary"]) == {"amy", "salary"}
    assert "apologize" in made(WordListConfig, {"name": "politeness"}).entries(shared_data).whole
