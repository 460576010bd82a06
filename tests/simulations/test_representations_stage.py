"""What representations tell: the stage from the config to the report, what it refuses, and that it goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from attacks.labelled import Rows
from fedser.config import load
from fedser.engine.embedded import embeddings
from fedser.errors import ConfigError
from fedser.seeds import Stream
from simulations.experiment import Experiment
from simulations.families import members
from simulations.pipeline import run_experiment
from simulations.readers import ReaderConfig
from simulations.readers.logistic import LogisticReader
from simulations.readers.mlp import NetworkReader
from simulations.readers.reader import Reader
from simulations.representations import Representations, untaught

READ: dict[str, Any] = {"layers": "all", "readers": [{"name": "logistic", "regularisation": [0.01]}]}
ASKED: dict[str, Any] = {"attacks": [], "oracle": None, "rounds": 2, "representations": READ}
READERS = [LogisticReader(folds=3, regularisation=(0.01, 1.0)), NetworkReader(folds=3, penalties=(0.1,))]


def test_a_study_reads_representations(config: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    experiment = load(Experiment, config(**ASKED))
    run_experiment(experiment, folder)
    table = pd.read_csv(folder / "representations.csv")
    assert set(zip(table["model"], table["layer"], strict=True)) == {
        *((model, layer) for model in ("trained", "initial") for layer in ("dense1", "dense2")),
        ("inputs", "inputs"),
        ("none", "none"),
    }
    assert len(table) == 6 * 2 * 2 * 2 * 3  # vectors, learned on, speakers, units, metrics
    assert table[["value", "low", "high", "chance"]].apply(lambda column: column.between(0, 1).all()).all()
    majority = table[(table["reader"] == "majority") & table["metric"].isin(["uar", "auc"])]
    assert (majority[["value", "low", "high"]] == 0.5).all(axis=None)
    page = (folder / "report.html").read_text()
    assert "What representations give away" in page and (folder / "figures" / "representations.svg").is_file()
    places = sorted((folder / "representations").glob("*/scores.safetensors"))
    before = [place.stat().st_mtime_ns for place in places]
    places[-1].parent.joinpath("manifest.json").unlink()  # one of them is made anew, and gives the same
    run_experiment(experiment, folder)
    after = [place.stat().st_mtime_ns for place in places]
    assert len(places) == 3 and after[:-1] == before[:-1] and after[-1] != before[-1]
    pd.testing.assert_frame_equal(pd.read_csv(folder / "representations.csv"), table)
    run_experiment(load(Experiment, config(**(ASKED | {"representations": None}))), folder, go_on=True)
    assert not (folder / "representations.csv").exists() and not list((folder / "representations").glob("*"))
    assert "What representations give away" not in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"representations": {"labelled": 0.0}}, "representations.labelled"),
        ({"representations": {"layers": "dense1"}}, "representations.layers"),
        ({"representations": {"readers": [{"name": "mlp"}] * 2}}, "readers: given more than once: mlp"),
    ],
)
def test_what_cannot_be_read_is_refused_before_work(
    changes: dict[str, Any], told: str, config: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Experiment, config(**(ASKED | changes)))
    assert told in str(refused.value)


def test_it_needs_other_corpora(config: Callable[..., Path]) -> None:
    private = {"name": "synthetic", "corpus": "a", "speakers": 8, "utterances_per_emotion": 2}
    with pytest.raises(ConfigError, match=r"representations are read by who learns on other corpora: name at least"):
        load(Experiment, config(**(ASKED | {"corpora": {"private": private}})))


def test_folds_beside_which_too_few_are_left_are_named() -> None:
    speakers = pd.DataFrame({"speaker": list("abcdef"), "gender": ["f", "m"] * 3})
    assert not list(untaught([("a", "b"), ("c",), ("d",)], speakers, "gender"))
    (told,) = untaught([("a", "b"), ("a", "c")], speakers, "gender")
    assert "beside fold 1 of the private corpus, there are 1 f, 3 m" in told


def test_sessions_of_one_person_are_one_to_learn_from() -> None:
    table = {"speaker": list("abcdef"), "person": ["p", "q", "p", "q", "r", "s"], "gender": ["f", "m"] * 3}
    (told,) = untaught([("e",)], pd.DataFrame(table), "gender")
    assert "1 f, 2 m" in told


def test_every_reader_is_tried() -> None:
    assert {type(reader) for reader in READERS} == set(members(ReaderConfig))


def _right(reader: Reader, shift: float) -> float:
    """The share of right answers about 24 persons, of whom the value moves one of five numbers by ``shift``."""
    rng = Stream(1).numpy()
    value, person = np.repeat(np.arange(48) % 2, 6), np.repeat(np.arange(48), 6)
    x = rng.standard_normal((len(value), 5)).astype(np.float32)
    x[:, 2] += shift * value
    known = Rows(tuple(value[:144].tolist()), tuple(map(str, person[:144])), ("a", "b"))
    scores = reader.read(x[:144], known, x[144:], Stream(2))
    np.testing.assert_allclose(scores.sum(axis=1), 1.0)
    return float(np.mean(scores.argmax(axis=1) == value[144:]))


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_what_is_planted_is_found_and_what_is_not_is_not(reader: Reader) -> None:
    assert _right(reader, 6.0) > 0.95
    assert 0.35 < _right(reader, 0.0) < 0.65


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_value_of_one_person_is_not_learned(reader: Reader) -> None:
    x = np.arange(20, dtype=np.float32).reshape(10, 2)
    labels, persons = (0, 0, 0, 0, 2, 2, 2, 2, 1, 1), tuple("aabbccddee")
    scores = reader.read(x, Rows(labels, persons, ("u", "v", "w")), x, Stream(3))
    assert scores.shape == (10, 3) and (scores[:, 1] == 0).all() and scores[0, 0] > scores[0, 2]


def test_embeddings_by_hand(config: Callable[..., Path]) -> None:
    model = {"name": "mlp", "hidden": [2, 1], "dropout": [0.5, 0.5], "dropout_at_evaluation": [1, 2]}
    experiment = load(Experiment, config(model=model, attacks=[], oracle=None))
    arrays = {
        "dense1.weight": np.array([[1.0, -1.0], [0.5, 2.0]]),
        "dense1.bias": np.array([0.0, -1.0]),
        "dense2.weight": np.array([[2.0, -1.0]]),
        "dense2.bias": np.array([1.0]),
        "dense3.weight": np.zeros((4, 1)),
        "dense3.bias": np.zeros(4),
        "attribute_head.weight": np.ones((2, 1)),  # what a defense has travel with the model is no layer of it
    }
    single = {name: array.astype(np.float32) for name, array in arrays.items()}
    x = np.array([[3.0, 1.0], [1.0, 2.0]], np.float32)
    found = embeddings(experiment.simulation("private-0"), x, single, ["dense1", "dense2"])
    np.testing.assert_allclose(found["dense1"], [[2.0, 2.5], [0.0, 3.5]])
    np.testing.assert_allclose(found["dense2"], [[2.5], [0.0]])
    assert found["dense2"].dtype == np.float32
    assert Representations().of(["dense1", "dense2"]) == ["dense2"]
