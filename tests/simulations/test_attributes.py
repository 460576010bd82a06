"""What is attacked: words of many values, groups of a number, and a number, from the config to the report."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from fedser.config import load
from fedser.corpora import Corpus
from fedser.corpora.reader import ReadContext
from fedser.corpora.synthetic import Synthetic
from fedser.errors import ConfigError, InputError
from fedser.seeds import Stream
from simulations.attributes import AttributeConfig
from simulations.attributes.cuts import in_order, names_of
from simulations.attributes.groups import Groups
from simulations.attributes.number import Number
from simulations.attributes.values import Values
from simulations.experiment import Experiment
from simulations.families import members
from simulations.pipeline import run_experiment
from simulations.scoring import AttackScores, Scale, Scores, Setting, Truth, leakage

INSTANCES = [Values(of="race", rename={"a": "b"}), Groups(of="age", edges=(30, 50)), Number(of="age", bins=3)]
SETTING = Setting("private", ("shadow",), "emobase", "fedsgd", "none")


def corpus(ages: list[Any], persons: list[str] | None = None, name: str = "here") -> Corpus:
    speakers = pd.DataFrame({"speaker": [f"s{n}" for n in range(len(ages))], "age": ages})
    if persons:
        speakers["person"] = persons
    names = {"utterance": speakers["speaker"], "text": "said", "speaker": speakers["speaker"], "emotion": "sad"}
    return Corpus(name, pd.DataFrame(names), speakers)


def test_the_battery_covers_the_union() -> None:
    assert {type(one) for one in INSTANCES} == set(members(AttributeConfig))


@pytest.mark.parametrize("attribute", INSTANCES, ids=lambda one: one.name)
def test_each_is_one_entry_of_the_configuration(attribute: Any, config: Callable[..., Path]) -> None:
    adapter = TypeAdapter[Any](AttributeConfig)
    assert adapter.validate_json(adapter.dump_json(attribute)) == attribute
    experiment = load(Experiment, config(attribute=attribute.model_dump(mode="json")))
    assert experiment.attribute == attribute and attribute.summary() and attribute.source
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


def test_a_plain_name_stays_one(config: Callable[..., Path]) -> None:
    experiment = load(Experiment, config(attribute="race"))
    assert experiment.attribute == Values(of="race") and experiment.dump()["attribute"] == "race"


def test_classes_have_readable_names_in_order() -> None:
    assert names_of((30, 50)) == ("under 30", "30 to under 50", "50 or more")
    names = names_of((-2.5, 9, 10, 100))
    assert in_order(names[::-1]) == names
    read = Groups(of="age", edges=(30, 50)).read(corpus([29, 30, None, 50, 49.5]))
    assert read.speakers["age_group"].tolist()[:2] == ["under 30", "30 to under 50"]
    assert read.speakers["age_group"].isna().tolist() == [False, False, True, False, False]
    assert read.speakers["age_group"].tolist()[3:] == ["50 or more", "30 to under 50"]


def test_bins_are_quantiles_of_shadow_persons_and_an_estimate_their_mean() -> None:
    number = Number(of="age", bins=2)
    # Seven persons of 20 to 80; that one of them has twenty sessions moves no quantile.
    ages, persons = [20, 30, 40, 50, 60, 70, 80], list("abcdefg")
    shadow = number.read(corpus(ages + [80] * 20, persons + ["g"] * 20))
    private, (binned,) = number.settled([number.read(corpus([10, 50, 90], name="there"))], [shadow])
    assert private[0].speakers["age_bin"].tolist() == ["under 50", "50 or more", "50 or more"]
    scale = number.scale(binned.speakers.astype(str), ("under 50", "50 or more"))
    assert scale.means.tolist() == [30.0, 65.0] and scale.median == 50.0


def test_words_and_too_few_numbers_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        Number(of="age").read(corpus(["20-29", "30", "more than 70"]))
    assert str(refused.value) == (
        "corpus here: age is no number: '20-29', 'more than 70'"
        " (attribute: age infers such values as the words that they are)"
    )
    number = Number(of="age", bins=3)
    with pytest.raises(InputError, match=r"^attribute\.bins: 3, but the age of 4 persons can be cut into 2 such bins"):
        number.settled([number.read(corpus([1, 2]))], [number.read(corpus([1, 1, 2, 2]))])


def test_mistakes_are_told_at_their_place(config: Callable[..., Path]) -> None:
    for given, told in (
        ({"name": "numbr", "of": "age"}, "attribute.name: unknown 'numbr', did you mean 'number'?"),
        ({"name": "groups", "of": "age", "edges": [5, 5]}, "attribute.edges: should be one edge or more, each above"),
        ({"of": "age"}, "attribute.name: missing (choose from groups, number, values)"),
    ):
        with pytest.raises(ConfigError) as refused:
            load(Experiment, config(attribute=given))
        assert told in str(refused.value)


def made(sure: float, speakers: int = 40) -> tuple[AttackScores, Truth]:
    """Scores of four bins of ages from 20 to 60, ``sure`` of the true one, in two folds of ten rounds."""
    rng = np.random.default_rng(2)
    ages = np.linspace(20, 59, speakers)
    bins = np.minimum((ages - 20) // 10, 3).astype(int)
    clients = [(f"private-{f}", f"c{s}", f"s{s}", bins[s], ages[s]) for f in (0, 1) for s in range(speakers)]
    rows = [(t, n, c) for t, c, *_ in clients for n in range(10)]
    true = np.repeat([value for *_, value, _ in clients], 10)
    scores = sure * np.eye(4)[true] + (1 - sure) * rng.dirichlet(np.ones(4), len(true))
    table = pd.DataFrame(clients, columns=["training", "client", "speaker", "value", "number"])
    scale = Scale(np.array([25.0, 35.0, 45.0, 55.0]), 40.0)
    found = AttackScores("logistic", "dense1", pd.DataFrame(rows, columns=["training", "round", "client"]), scores)
    return found, Truth("age", names_of((30, 40, 50)), table, scale)


@pytest.mark.parametrize("sure", [1.0, 0.4, 0.0])
def test_a_planted_number_is_found_and_an_absent_one_is_not(sure: float) -> None:
    found, truth = made(sure)
    rows = leakage([found], truth, SETTING, Scores(bootstrap=300, permutations=299), Stream(1)).set_index(
        ["unit", "metric"]
    )
    for unit in ("update", "client", "speaker"):
        error, r, ccc = (rows.loc[(unit, metric)] for metric in ("mae", "pearson", "ccc"))
        assert error["chance"] == pytest.approx(9.75, abs=0.3) and r["chance"] == ccc["chance"] == 0
        if sure:
            assert error["high"] < error["chance"] and r["low"] > 0.4 and ccc["low"] > 0
            assert error["p_value"] < 0.01 and r["p_value"] < 0.01 and ccc["p_value"] < 0.01
        else:
            assert r["low"] < 0.1 and abs(r["value"]) < 0.35 and r["p_value"] > 0.01 and ccc["p_value"] > 0.01
    if sure == 1.0:  # what is left is the width of the bins
        assert rows.loc[("speaker", "mae"), "value"] == pytest.approx(2.5, abs=0.1)
        assert rows.loc[("speaker", "uar"), "value"] == 1.0


def test_the_reference_of_an_error_is_the_lowest() -> None:
    (good, truth), (bad, _) = made(0.8), made(0.1)
    worse = AttackScores("moments", "all", bad.updates, bad.scores)
    rows = leakage([worse, good], truth, SETTING, Scores(bootstrap=100, permutations=99), Stream(1))
    assert set(rows["reference"]) == {"logistic/dense1"}
    errors = rows[rows["metric"] == "mae"].set_index("attack")
    assert (errors.loc["moments", "difference"] > 0).all() and (errors.loc["logistic", "difference"] == 0).all()


ACCENTS = ("german", "indian", "scottish")
STUDY: dict[str, Any] = {
    "attacks": [
        {"name": "logistic", "regularisation": [0.01]},
        {"name": "cnn", "epochs": 1, "max_updates": 20, "convolutions": [{"filters": 2}], "hidden": [4]},
        {"name": "majority"},
        {"name": "permuted", "permutations": 2, "attack": {"name": "logistic", "regularisation": [0.01]}},
    ],
}


def manifest(folder: Path, name: str, cache: Path, accents: Sequence[str] = ACCENTS) -> dict[str, Any]:
    """The synthetic voices of that name as a table with ``accents`` of the speakers in turn, and an age."""
    reader = Synthetic(corpus=name, speakers=8, utterances_per_emotion=2)
    table = reader.read(ReadContext(data_root=folder, cache=cache)).utterances
    number = table["speaker"].astype(int)
    told = {"accent": [accents[n % len(accents)] for n in number], "age": 20 + 2 * number}
    table.assign(**told).to_csv(folder / f"{name}.csv", index=False)
    place = {"name": "manifest", "corpus": name, "path": str(folder / f"{name}.csv")}
    return place | {"speaker_attributes": ["accent", "age"]}


@pytest.fixture
def tables(tmp_path: Path, cache: Path) -> dict[str, Any]:
    """Corpora in each of which three accents differ between speakers, as in pooled corpora of several languages."""
    private, *shadow = (manifest(tmp_path, name, cache) for name in ("a", "b", "c"))
    return {"private": private, "shadow": shadow}


def test_three_accents_go_through_every_stage(
    tables: dict[str, Any], config: Callable[..., Path], tmp_path: Path
) -> None:
    run_experiment(load(Experiment, config(corpora=tables, attribute="accent", **STUDY)), tmp_path / "run")
    rows = pd.read_csv(tmp_path / "run" / "leakage.csv")
    uar = rows[rows["metric"] == "uar"].set_index(["attack", "layer", "unit"])
    assert set(rows["metric"]) == {"uar", "accuracy"} and set(rows["attribute"]) == {"accent"}
    assert uar["chance"].to_numpy() == pytest.approx(np.full(len(uar), 1 / 3), abs=1e-6)
    assert {layer for attack, layer, _ in uar.index if attack == "cnn"} == {"dense1", "dense2", "dense3", "fused"}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "2 german, 3 indian and 3 scottish" in page and 'id="number"' not in page


def test_an_age_goes_through_every_stage(tables: dict[str, Any], config: Callable[..., Path], tmp_path: Path) -> None:
    age = {"name": "number", "of": "age", "bins": 3}
    run_experiment(load(Experiment, config(corpora=tables, attribute=age, **STUDY)), tmp_path / "run")
    rows = pd.read_csv(tmp_path / "run" / "leakage.csv")
    assert set(rows["metric"]) == {"uar", "accuracy", "mae", "pearson", "ccc"} and set(rows["attribute"]) == {"age"}
    assert rows.groupby(["attack", "layer", "unit"])["metric"].count().unique().tolist() == [5]
    majority = rows[(rows["attack"] == "majority") & (rows["unit"] == "speaker")].set_index("metric")["value"]
    assert majority["pearson"] == majority["ccc"] == 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert (
        "age is a number: attacks learn bins of it" in page and (tmp_path / "run" / "figures" / "number.svg").is_file()
    )
    assert rows[["value", "low", "high"]].notna().all().all()


def test_values_of_one_side_are_told_before_work(
    tables: dict[str, Any],
    config: Callable[..., Path],
    tmp_path: Path,
    cache: Path,
    fedser: Callable[..., tuple[int, str, str]],
) -> None:
    more = manifest(tmp_path, "d", cache, [*ACCENTS, "welsh"])
    corpora = {"private": tables["private"], "shadow": [more]}
    code, out, _ = fedser("check", config(corpora=corpora, attribute="accent", **STUDY))
    row = next(line for line in out.splitlines() if "welsh" in line)
    assert code == 0 and [cell for cell in row if cell.isdigit()] == ["0", "2"]
    corpora = {"private": more, "shadow": [tables["private"]]}
    code, _, errors = fedser("check", config(corpora=corpora, attribute="accent", **STUDY))
    told = "accent has values that no shadow speaker has: welsh (2) (shadow: german (2), indian (3), scottish (3))"
    assert code == 2 and told in errors


def test_a_value_of_one_shadow_person_is_refused_before_work(
    tables: dict[str, Any],
    config: Callable[..., Path],
    tmp_path: Path,
    cache: Path,
    fedser: Callable[..., tuple[int, str, str]],
) -> None:
    few = manifest(tmp_path, "d", cache, ["german", "german", "indian", "indian", *["german"] * 3, "scottish"])
    corpora = {"private": tables["private"], "shadow": [few]}
    code, _, errors = fedser("check", config(corpora=corpora, attribute="accent", **STUDY))
    assert code == 2 and "only one speaker has the accent 'scottish', so that none is left to validate on" in errors
    one = {"name": "values", "of": "accent", "rename": {"scottish": "indian"}}
    assert fedser("check", config(corpora=corpora, attribute=one, **STUDY))[0] == 0
