"""Adversaries who know of the defense, and who do not: what their shadow clients do, and both side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fedser.config import load
from fedser.updates.store import UpdateStore
from simulations.experiment import Experiment
from simulations.scoring.roles import role_of

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

DEFENSES = [{"name": "dropout", "rate": 0.5}, {"name": "clip", "norm": 0.01}]
BOTH = {"adversary": "both", "defenses": DEFENSES, "rounds": 2, "oracle": None}


def test_both_stand_side_by_side_and_differ_in_the_defense_of_their_shadows(
    fedser: Cli, config: Write, tmp_path: Path
) -> None:
    attacks = [{"name": "logistic"}, {"name": "aggregate", "shadow": "aligned"}]  # one that keeps whole updates
    out = tmp_path / "run"
    code, shown, errors = fedser("run", config(attacks=attacks, **BOTH), "--out", out)
    assert code == 0, errors
    table = pd.read_csv(out / "leakage.csv").query("metric == 'uar'")
    names = ["logistic", "logistic-static", "aggregate-aligned", "aggregate-aligned-static"]
    assert list(dict.fromkeys(table["attack"])) == names
    assert table[table["attack"] == "logistic-static"]["reference"].unique().tolist() == ["logistic/dense1"]
    assert table[table["attack"] == names[3]]["reference"].unique().tolist() == ["aggregate-aligned/dense1"]
    assert "aggregate-aligned-static" in shown and table["difference"].notna().all()
    largest = {
        name: max(norm(UpdateStore(out / "simulate" / f"{name}-0" / "updates")))
        for name in ("private", "shadow", "static", "aligned", "static_aligned")
    }
    assert max(largest[name] for name in ("private", "shadow", "aligned")) < 0.0101
    assert min(largest[name] for name in ("static", "static_aligned")) > 0.05
    # Dropout is of the architecture: what was trained with another still can be read and compared.
    rates = {name: UpdateStore(out / "simulate" / f"{name}-0" / "updates").public.model for name in largest}
    assert rates["private"] == rates["shadow"] != rates["static"]
    assert set(pd.read_csv(out / "history.csv")["role"]) == {"private", "shadow", "static"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "without the defense" in page and "logistic-static" in page


def norm(store: UpdateStore) -> list[float]:
    """The length of each update, all layers together; of reductions there is none."""
    return [
        float(np.sqrt(sum((array**2).sum() for array in store.arrays(row.round, row.client).values())))
        for row in store.rows()
    ]


def test_what_a_static_adversary_adds_leaves_the_adaptive_one_as_it_was(
    fedser: Cli, config: Write, tmp_path: Path
) -> None:
    out, attacks = tmp_path / "run", [{"name": "logistic"}]
    settings = BOTH | {"attacks": attacks}
    assert fedser("run", config(**settings | {"adversary": "adaptive"}), "--out", out)[0] == 0
    kept = [out / "attack" / "logistic" / "scores.csv", *out.glob("simulate/shadow-*/updates/round-*")]
    before = [path.stat().st_mtime_ns for path in kept]
    assert fedser("run", config(**settings), "--out", out, "--continue")[0] == 0
    assert [path.stat().st_mtime_ns for path in kept] == before and len(kept) == 1 + 2 * 2
    assert fedser("run", config(**settings | {"adversary": "static"}), "--out", out, "--continue")[0] == 0
    assert {path.name for path in (out / "attack").iterdir()} == {"logistic-static"}
    assert not list(out.glob("simulate/shadow-*")) and list(out.glob("simulate/static-*"))


@pytest.mark.parametrize("defenses", [[], DEFENSES])
def test_without_a_defense_both_are_one(defenses: list[dict[str, Any]], config: Write) -> None:
    experiment = load(Experiment, config(**BOTH | {"defenses": defenses}))
    assert list(experiment.adversaries()) == [
        *(["logistic", "logistic-static"] if defenses else ["logistic"]),
        *(["majority", "majority-static"] if defenses else ["majority"]),
    ]
    assert [role_of(label) for label in experiment.adversaries()].count("control") == (2 if defenses else 1)


def test_nothing_to_ignore_is_refused(fedser: Cli, config: Write) -> None:
    code, _, errors = fedser("check", config(adversary="static"))
    assert code == 2 and (
        "adversary: static, but there is no defense that it could ignore (choose adaptive, or add a defense)" in errors
    )


def test_check_counts_the_trainings_of_each(fedser: Cli, config: Write) -> None:
    attacks = [{"name": "logistic", "shadow": "both"}]
    code, shown, errors = fedser("check", config(attacks=attacks, **BOTH))
    assert code == 0, errors
    heads = next(line for line in shown.splitlines() if "work" in line)
    assert [name.strip() for name in heads.split("┃")[1:-1]] == [
        "work",
        *("private", "shadow", "aligned", "static", "static aligned"),
    ]
