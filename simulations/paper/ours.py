"""What a run gives for the paper's cells: which cell it is, and its numbers in percent, with their intervals."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulations.scoring.roles import role_of

FEATURES = {"apc": "APC", "vq_apc": "Vq-APC", "npc": "NPC", "decoar2": "DeCoAR 2.0", "tera": "Tera"}
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""0.975 quantiles of Student's t with 1, 2, ... degrees of freedom; of more, the last is on the safe side."""

COLUMNS = ["attack", "layer", "metric", "ours", "low", "high", "ours_fold_sd", "interval_over"]


def settings_of(folder: Path) -> dict[str, Any] | None:
    """The paper's names for what a run in ``folder`` was; None where no table of the paper has such a thing."""
    config = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    features, dropout, algorithm = _features(config["features"]), _first_dropout(config), config["algorithm"]["name"]
    if features is None or dropout is None or algorithm not in ("fedsgd", "fedavg"):
        return None
    reader = config["corpora"]["private"]
    named = {"features": features, "algorithm": algorithm, "dropout": dropout}
    return {"private_corpus": reader["corpus"] if reader["name"] == "manifest" else reader["name"], **named}


def ours(folder: Path) -> pd.DataFrame:
    """The rows of ``leakage.csv`` per update and the emotion model's scores on test speakers, in percent."""
    return pd.concat([_leakage(folder / "leakage.csv"), _emotion(folder / "ser.csv")], ignore_index=True)[COLUMNS]


def _features(config: Mapping[str, Any]) -> str | None:
    if config["name"] == "opensmile":
        return "Emo-Base" if config.get("feature_set") == "emobase" else None
    return FEATURES.get(config["name"])


def _first_dropout(config: Mapping[str, Any]) -> float | None:
    """The rate behind the first layer, with the defense that changes it; None with any other defense."""
    rate = config.get("model", {}).get("dropout", [0.2])[0]
    for defense in config["defenses"]:
        if defense["name"] != "dropout" or defense.get("layer", 1) != 1:
            return None
        rate = defense["rate"]
    return float(rate)


def _leakage(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(path, keep_default_na=False, na_values=[""])
    gender = (rows["attribute"] == "gender") & (rows["unit"] == "update") & (rows["metric"] == "uar")
    rows = rows[gender & (rows["attack"].astype(str).map(role_of) == "attack")]
    numbers = {"ours": "value", "low": "low", "high": "high", "ours_fold_sd": "fold_sd"}
    percent = {name: 100.0 * rows[column].astype(float) for name, column in numbers.items()}
    layers = rows["layer"].replace({"all": "fused"})
    return rows[["attack", "metric"]].assign(layer=layers, interval_over="speakers", **percent)


def _emotion(path: Path) -> pd.DataFrame:
    """Accuracy and UAR on the test speakers: mean of the folds, and an interval of that mean by Student's t."""
    rows = pd.read_csv(path)
    rows = rows[(rows["role"] == "private") & (rows["split"] == "test")]
    found = []
    for metric, column in (("acc", "accuracy"), ("uar", "uar")):
        values = 100.0 * rows[column].to_numpy(float)
        mean, deviation, half = _student(values)
        numbers = {"ours": mean, "low": mean - half, "high": mean + half, "ours_fold_sd": deviation}
        found.append({"attack": "", "layer": "", "metric": metric, "interval_over": "folds"} | numbers)
    return pd.DataFrame(found)


def _student(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float]:
    """Mean, deviation (n - 1), and half of the mean's 95 % interval; NaN where there is one value only."""
    if len(values) < 2:
        return float(values.mean()), float("nan"), float("nan")
    deviation, quantile = float(values.std(ddof=1)), _STUDENT[min(len(values) - 1, len(_STUDENT)) - 1]
    return float(values.mean()), deviation, quantile * deviation / len(values) ** 0.5
