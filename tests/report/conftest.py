"""A run's folder with made-up numbers, in the files and columns of a real run: what the report is tested on."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fedser.seeds import Stream
from simulations.scoring import (
    AttackScores,
    MembershipScores,
    Scores,
    Setting,
    Truth,
    leakage,
    leakage_accumulated,
    leakage_over_rounds,
    membership,
    write_csv,
)
from simulations.stages.cost import Cost, costs_table

SPEAKERS, FOLDS, ROUNDS = 24, 5, 200
EMOTIONS = ("anger", "happiness", "neutral", "sadness")
SURE = {
    ("cnn", "dense1"): 0.62,
    ("cnn", "dense2"): 0.55,
    ("cnn", "dense3"): 0.50,
    ("cnn", "fused"): 0.62,
    ("logistic", "dense1"): 0.82,
    ("majority", "all"): None,
    ("permuted", "dense1"): 0.5,
    ("oracle", "inputs"): 0.995,
}


COSTS = {
    "cnn": Cost(17600, 2000, 1390.4, 700.2, sittings=2),
    "logistic": Cost(17600, 2000, 4.26, 4.4, reductions_cpu_seconds=3.1),
}
ODD_NAME = "<script>alert('$x$ & $y$')</script>"


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a made-up run, without a report; not to be changed."""
    return make_run(tmp_path_factory.mktemp("made-up") / "run")


@pytest.fixture
def run_folder(made_up: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(made_up, tmp_path / "run"))


@pytest.fixture(scope="session")
def odd_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run whose private corpus has a name that is HTML and looks like mathematics."""
    return make_run(tmp_path_factory.mktemp("odd") / "run", ODD_NAME)


def make_run(folder: Path, private: str = "ravdess") -> Path:
    """Fill ``folder`` as a run of ``private`` against two shadow corpora would have; the same each time."""
    folder.mkdir(parents=True, exist_ok=True)
    config = _config(private)
    (folder / "experiment.json").write_text(json.dumps(config, indent=2))
    _corpora(private).to_csv(folder / "corpora.csv", index=False)
    _dropped(private).to_csv(folder / "dropped.csv", index=False)
    history = _history()
    history.to_csv(folder / "history.csv", index=False)
    _ser(history).to_csv(folder / "ser.csv", index=False)
    found, truth = _scores()
    setting, scores = Setting(private, ("emodb", "ased"), "emobase", "fedsgd", "none"), Scores()
    write_csv(folder / "leakage.csv", leakage(found, truth, setting, scores, Stream(7)))
    write_csv(folder / "leakage_rounds.csv", leakage_over_rounds(found, truth, scores, Stream(7)))
    write_csv(folder / "leakage_accumulated.csv", leakage_accumulated(found, truth, scores, Stream(7)))
    write_csv(folder / "attacks.csv", costs_table(found, dict.fromkeys({one.attack for one in found}) | COSTS))
    table, roc = membership(*_membership(), scores, Stream(7))
    write_csv(folder / "membership.csv", table)
    write_csv(folder / "membership_roc.csv", roc)
    _manifests(folder)
    return folder


def _config(private: str) -> dict[str, Any]:
    return {
        "name": "made-up-numbers",
        "seed": 7,
        "data_root": None,
        "attribute": "gender",
        "corpora": {
            "private": {"name": private},
            "shadow": [{"name": "emodb"}, {"name": "manifest", "corpus": "ased"}],
        },
        "features": {"name": "emobase", "on_bad_input": "refuse"},
        "partition": {"name": "speaker", "parts": 1, "validation": 0.2, "normalise": "corpus", "folds": {"number": 5}},
        "model": {"name": "mlp", "hidden": [256, 128], "dropout": [0.2, 0.2]},
        "algorithm": {"name": "fedsgd", "learning_rate": 0.1, "batch_size": 20, "client_fraction": 0.1},
        "rounds": ROUNDS,
        "defenses": [],
        "engine": {"name": "inline"},
        "attacks": [{"name": "cnn"}, {"name": "logistic"}, {"name": "majority"}, {"name": "permuted"}],
        "oracle": {"name": "oracle"},
        "scores": {"bootstrap": 1000, "confidence": 0.95, "round_bins": 20},
    }


def _corpora(private: str) -> pd.DataFrame:
    classes = {private: (192, 192, 96, 192), "emodb": (127, 71, 79, 62), "ased": (450, 420, 520, 470)}
    genders = {private: (336, 336, 12, 12), "emodb": (189, 150, 5, 5), "ased": (900, 960, 25, 40)}
    rows = []
    for role, corpus in (("private", private), ("shadow", "emodb"), ("shadow", "ased")):
        speakers = sum(genders[corpus][2:])
        rows += [(role, corpus, "class", e, n, speakers) for e, n in zip(EMOTIONS, classes[corpus], strict=True)]
        female, male, women, men = genders[corpus]
        rows += [(role, corpus, "attribute", "female", female, women), (role, corpus, "attribute", "male", male, men)]
    return pd.DataFrame(rows, columns=["role", "corpus", "kind", "value", "count_utterances", "count_speakers"])


def _dropped(private: str) -> pd.DataFrame:
    rows = [
        ("private", private, "calm", 192, "", ""),
        ("private", private, "bad audio", 1, "03-01", "silent"),
        ("private", private, "bad audio", 1, "03-02", "too short"),
        ("shadow", "ased", "fearful", 110, "", ""),
    ]
    return pd.DataFrame(rows, columns=["role", "corpus", "reason", "utterances", "utterance", "detail"])


def _history() -> pd.DataFrame:
    rng, rows = np.random.default_rng(1), []
    rounds = np.arange(1, ROUNDS + 1)
    for role, ceiling in (("private", 0.66), ("shadow", 0.58)):
        for fold in range(FOLDS):
            top = ceiling + rng.normal(0, 0.03)
            curve = 0.25 + (top - 0.25) * (1 - np.exp(-rounds / 45)) + rng.normal(0, 0.012, ROUNDS)
            test = curve - 0.05 * (1 - np.exp(-rounds / 80)) + rng.normal(0, 0.012, ROUNDS)
            table = {"training": f"{role}-{fold}", "role": role, "fold": fold, "round": rounds}
            table |= {"train_loss": 1.39 * np.exp(-rounds / 120), "validation_accuracy": curve + 0.01}
            table |= {"validation_uar": curve, "test_accuracy": test + 0.01, "test_uar": test}
            rows.append(pd.DataFrame(table))
    return pd.concat(rows, ignore_index=True)


def _ser(history: pd.DataFrame) -> pd.DataFrame:
    late = history[history["round"] > 150]
    best = late.loc[late.groupby("training", sort=False)["validation_uar"].idxmax()]
    parts = []
    for split, number in (("validation", 110), ("test", 135)):
        renamed = best.rename(columns={f"{split}_accuracy": "accuracy", f"{split}_uar": "uar"})
        parts.append(renamed.assign(split=split, n=number))
    columns = ["training", "role", "fold", "split", "accuracy", "uar", "round", "n"]
    return pd.concat(parts).sort_values(["training", "split"])[columns]


def _scores() -> tuple[list[AttackScores], Truth]:
    """Scores whose sureness differs by attack, speaker and round: leakage fades as the training goes on."""
    rng = np.random.default_rng(2)
    per_fold = SPEAKERS // FOLDS + 1
    clients, updates = [], []
    for fold in range(FOLDS):
        heard = [s for s in range(SPEAKERS) if s // per_fold != fold]
        clients += [(f"private-{fold}", f"client-{s:04d}", f"actor-{s:02d}", s % 2) for s in heard]
        for number in range(1, ROUNDS + 1):
            updates += [(f"private-{fold}", number, f"client-{s:04d}", s) for s in rng.choice(heard, 2, replace=False)]
    table = pd.DataFrame(updates, columns=["training", "round", "client", "speaker"])
    speaker, number = table.pop("speaker").to_numpy(), table["round"].to_numpy()
    truth = pd.DataFrame(clients, columns=["training", "client", "speaker", "value"])
    found = []
    for (attack, layer), sure in SURE.items():
        own = rng.normal(0, 0.5, SPEAKERS)[speaker] * (sure is not None and sure < 0.99)
        fade = 1.0 if sure == 0.5 else 0.6 + 0.8 * np.exp(-number / 60)
        evidence = np.log((sure or 0.5) / (1 - (sure or 0.5))) * 2 * fade + own + rng.normal(0, 1.2, len(speaker))
        male = 1 / (1 + np.exp(-np.where(speaker % 2 == 1, evidence, -evidence)))
        male = np.full(len(speaker), 0.4) if sure is None else male
        found.append(AttackScores(attack, layer, table, np.stack([1 - male, male], axis=1)))
    return found, Truth("gender", ("female", "male"), truth)


def _membership() -> tuple[list[MembershipScores], pd.DataFrame]:
    """In one training: of ten utterances each two were kept for validation, and every fifth speaker is held out."""
    rng, place = np.random.default_rng(3), np.arange(10 * SPEAKERS)
    heard = np.arange(SPEAKERS) % 5 > 0
    standing = np.where(place % 10 < 8, "member", "same_speakers").astype(object)
    standing[~heard[place // 10]] = "other_speakers"
    names = np.array([f"actor-{speaker:02d}" for speaker in range(SPEAKERS)])
    known = [
        pd.DataFrame({"unit": "utterance", "candidate": place, "person": names[place // 10], "standing": standing}),
        pd.DataFrame({"unit": "speaker", "candidate": np.arange(SPEAKERS), "person": names}).assign(
            standing=np.where(heard, "member", "other_speakers")
        ),
    ]
    found = []
    for attack, sure in (("loss", 1.0), ("random", 0.0)):
        for unit, pooling, table in (("utterance", "each", known[0]), ("speaker", "mean", known[1])):
            drawn = rng.standard_normal(len(table)) + sure * (table["standing"] == "member")
            scores = pd.DataFrame({"training": "private-0", "candidate": table["candidate"], "score": drawn})
            found.append(MembershipScores(attack, unit, pooling, 0.5 if unit == "utterance" else np.nan, scores))
    return found, pd.concat(known).assign(training="private-0")


def _manifests(folder: Path) -> None:
    stages = [("features", "features", "10:00:00", "10:01:12")]
    stages += [("simulate", f"simulate/private-{n}", f"10:0{2 + n}:00", f"10:0{2 + n}:41") for n in range(FOLDS)]
    stages += [("attack", "attack/cnn", "10:20:00", "10:43:10"), ("attack", "attack/logistic", "10:43:10", "10:43:30")]
    for name, place, start, end in stages:
        (folder / place).mkdir(parents=True, exist_ok=True)
        times = {"start": f"2026-01-05T{start}+00:00", "end": f"2026-01-05T{end}+00:00"}
        versions = {"python": "3.11.9", "fedser": "0.1.0", "torch": "2.13.0", "numpy": "2.4.0"}
        manifest = {"stage": name, "key": "0", "seed": 7, **times, "versions": versions, "inputs": {}, "config": {}}
        (folder / place / "manifest.json").write_text(json.dumps(manifest))
