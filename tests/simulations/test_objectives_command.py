"""Defenses whose clients know the attribute, through the command line: refusals, who knows it, and what leaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedser.defenses.attribute_head import BIAS, WEIGHT
from fedser.updates.store import UpdateStore
from fedser.updates.update import BESIDE
from simulations.stages.prepared import Prepared

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]
QUICK = {"bootstrap": 100, "permutations": 99, "averaged_draws": 1, "observed_draws": 2, "inputs": False}
PUBLIC = {"name": "unlearning", "strength": 0.5, "refit_every": 2}
SHARED = {"name": "unlearning", "strength": 0.5, "head": "shared"}


def told(cli: Cli, path: Path, *more: object) -> str:
    """What a check says that refuses."""
    code, _, errors = cli("check", path, *more)
    assert code == 2 and "Traceback" not in errors
    return " ".join(errors.split())


def test_other_values_than_the_attributes_are_refused(fedser: Cli, config: Write) -> None:
    wrong = [PUBLIC | {"values": ["male", "female"]}, {"name": "balance"}]
    assert (
        "defenses.0.values: male, female, but the gender of these corpora is one of female, male: give these, in this"
        " order" in told(fedser, config(defenses=wrong))
    )


def test_numbers_and_missing_public_data_are_refused_at_once(fedser: Cli, config: Write) -> None:
    corpora = {"private": {"name": "synthetic", "corpus": "a", "speakers": 8, "utterances_per_emotion": 2}}
    number = {"name": "number", "of": "age"}
    found = told(fedser, config(defenses=[PUBLIC], corpora=corpora, attacks=[], oracle=None, attribute=number))
    assert (
        "defenses.0: unlearning takes values of the attribute, but it is a number (choose {name: groups, of: age,"
        " edges: [...]} as the attribute)" in found
    )
    assert (
        "defenses.0: with unlearning the server learns from public data, the shadow corpora, and there are none (name"
        " one in corpora.shadow, or choose head: local)" in found
    )


def test_balance_over_the_attribute_needs_clients_of_several_speakers(fedser: Cli, config: Write) -> None:
    assert (
        "defenses.0: balance over the attribute, but with partition speaker a client is one speaker, and has one value"
        " of it (choose over: emotion, or partition: {name: single})"
        in told(fedser, config(defenses=[{"name": "balance", "over": "attribute"}]))
    )


def test_two_objectives_and_a_refit_of_what_is_not_public_are_refused(fedser: Cli, config: Write) -> None:
    two = [PUBLIC, {"name": "bottleneck", "strength": 0.5}]
    assert "defenses: unlearning and bottleneck each" in told(fedser, config(defenses=two))
    assert "refit_every: 2, but the head is shared: only a public one is fitted" in told(
        fedser, config(defenses=[SHARED | {"refit_every": 2}])
    )


def test_an_attack_on_a_head_that_a_static_adversary_does_not_have_is_refused(fedser: Cli, config: Write) -> None:
    attacks = [{"name": "pca", "layer": "beside.attribute_head"}]
    assert fedser("check", config(defenses=[SHARED], attacks=attacks))[0] == 0
    assert "unknown beside.attribute_head" in told(fedser, config(defenses=[SHARED], attacks=attacks, adversary="both"))


def test_a_run_with_a_public_head_and_every_adversary(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "logistic", "shadow": "both"}, {"name": "bias"}]
    path, out = config(defenses=[PUBLIC], attacks=attacks, adversary="both", scores=QUICK), tmp_path / "out"
    code, _, errors = fedser("run", path, "--out", out)
    assert code == 0, errors
    labels = {"logistic", "logistic-aligned", "bias"}
    assert set(pd.read_csv(out / "leakage.csv")["attack"]) == labels | {f"{one}-static" for one in labels} | {"oracle"}
    names = {name: set(UpdateStore(out / "simulate" / name / "updates").names) for name in ("private-0", "static-0")}
    assert names["private-0"] - names["static-0"] == {WEIGHT, BIAS}
    for name in ("private-0", "shadow-0"):
        for seen in UpdateStore(out / "simulate" / name / "updates").read():
            assert seen.broadcast[WEIGHT].any() and not any(update.arrays[WEIGHT].any() for update in seen.updates)
    told_of = pd.read_csv(out / "features" / "private" / "utterances.csv", dtype=str).merge(
        Prepared(out / "features" / "private").speakers, on="speaker", how="left"
    )
    known = np.load(out / "features" / "private" / "attributes.npy")
    assert np.array_equal(known, (told_of["gender"] == "male").to_numpy())
    for public in out.glob("simulate/*/updates/public.json"):
        assert "attributes" not in public.read_text(encoding="utf-8")


def test_of_voices_that_say_nothing_a_shared_head_says_all(fedser: Cli, config: Write, tmp_path: Path) -> None:
    corpora = [
        {"name": "synthetic", "corpus": name, "speakers": 8, "utterances_per_emotion": 2, "leakage": 0.0}
        for name in ("silent-a", "silent-b", "silent-c")
    ]
    settings: dict[str, Any] = {"corpora": {"private": corpora[0], "shadow": corpora[1:]}, "scores": QUICK}
    attacks = [{"name": "pca", "layer": "beside.attribute_head"}, {"name": "logistic"}]
    path = config(defenses=[SHARED], attacks=attacks, algorithm={"name": "fedsgd", "client_fraction": 1.0}, **settings)
    code, _, errors = fedser("run", path, "--out", tmp_path / "out")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "out" / "leakage.csv").query("metric == 'uar'").set_index(["attack", "unit"])
    assert table.loc[("pca", "update"), "value"] >= 0.95 and table.loc[("pca", "speaker"), "value"] == 1.0
    assert table.loc[("logistic", "update"), "value"] < 0.9


def test_one_client_of_all_speakers_balances_them(fedser: Cli, config: Write, tmp_path: Path) -> None:
    partition = {"name": "single", "normalise": "corpus", "folds": {"number": 2}}
    defenses = [{"name": "balance", "over": "attribute"}, {"name": "unlearning", "strength": 0.3}]
    path = config(partition=partition, defenses=defenses, attacks=[], oracle=None, trainings={"shadow": 0})
    code, _, errors = fedser("run", path, "--out", tmp_path / "out")
    assert code == 0, errors
    store = UpdateStore(tmp_path / "out" / "simulate" / "private-0" / "updates")
    assert any(name.startswith(BESIDE) for name in store.names) and len(store.rounds) == 6
