"""The demo, run whole: it finds what its config says it found."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

DEMO = Path(__file__).resolve().parents[2] / "configs" / "demo.yaml"


def test_the_demo_gives_the_result_that_its_config_states(
    fedser: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, shown, errors = fedser("run", DEMO, "--out", tmp_path / "demo")
    assert code == 0, errors
    assert "report.html" in shown
    table = pd.read_csv(tmp_path / "demo" / "leakage.csv").query("metric == 'uar' and unit == 'update'")
    found = table.set_index(["attack", "layer"])
    stated = re.findall(r"(\w+) \((\w+)\) ([\d.]+) \[", DEMO.read_text(encoding="utf-8").replace("\n# ", " "))
    assert len(stated) == len(found)
    for attack, layer, value in stated:
        # Another processor rounds differently, and a network in training drifts apart from there.
        near = 0.2 if attack == "cnn" else 0.05
        assert found.loc[(attack, layer), "value"] == pytest.approx(float(value), abs=near), (attack, layer)
    assert found.loc[("logistic", "dense1"), "low"] > 0.5
