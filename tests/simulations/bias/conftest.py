"""Tables of predictions: one built to match the published rates, and one of persons, with scores."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulations.bias.audit import Audit
from simulations.bias.predictions import Predictions, checked
from simulations.bias.run import audit_tables

PUBLISHED = {  # rows of each (true, predicted); neutral faces are as many as printed, 324 and 830
    "female": {
        ("happy", "happy"): 340,
        ("happy", "sad"): 60,
        ("neutral", "neutral"): 91,
        ("neutral", "happy"): 100,
        ("neutral", "sad"): 133,
        ("sad", "happy"): 50,
        ("sad", "sad"): 226,
    },
    "male": {
        ("happy", "happy"): 390,
        ("happy", "sad"): 110,
        ("neutral", "neutral"): 299,
        ("neutral", "happy"): 50,
        ("neutral", "sad"): 481,
        ("sad", "happy"): 50,
        ("sad", "sad"): 370,
    },
}


@pytest.fixture
def published() -> pd.DataFrame:
    """A table whose rates are the printed ones, to the two digits that are printed."""
    rows = [
        (gender, true, said)
        for gender, cells in PUBLISHED.items()
        for (true, said), number in cells.items()
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["gender", "true", "predicted"])


@pytest.fixture
def people() -> Callable[..., pd.DataFrame]:
    """Rows of persons, of whom every other is female, with scores of two classes; ``gap`` is how much worse for men."""

    def make(persons: int = 12, rows: int = 10, gap: float = 0.0) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        table = pd.DataFrame({"speaker": np.repeat([f"p{number:02d}" for number in range(persons)], rows)})
        number = table["speaker"].str[1:].astype(int)
        table["gender"] = np.where(number % 2 == 0, "female", "male")
        table["race"] = np.where(number % 3 == 0, "x", "y")
        table["true"] = np.where(rng.random(len(table)) < 0.5, "yes", "no")
        right = rng.random(len(table)) < np.where(table["gender"] == "male", 0.9 - gap, 0.9)
        sure = rng.uniform(0.5, 1.0, len(table))
        table["yes"] = np.where((table["true"] == "yes") == right, sure, 1 - sure).round(3)
        table["no"] = (1 - table["yes"]).round(3)
        return table

    return make


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., tuple[Audit, Predictions]]:
    """An audit of a table, and its predictions, read from a file."""

    def read(table: pd.DataFrame, source: dict[str, Any] | None = None, **keys: Any) -> tuple[Audit, Predictions]:
        path = tmp_path / "table.csv"
        table.to_csv(path, index=False)
        given = {"name": "table", "path": str(path)} | (source or {})
        known = {"name": "a", "groups": ["gender"], "scores": {"bootstrap": 200, "permutations": 999}}
        audit = Audit.model_validate_json(json.dumps(known | keys | {"predictions": given}))
        return audit, checked(audit, audit.predictions.read([group.of for group in audit.groups], tmp_path))

    return read


@pytest.fixture
def tables(asked: Callable[..., tuple[Audit, Predictions]]) -> Callable[..., dict[str, pd.DataFrame]]:
    """Every table of an audit."""
    return lambda *given, **keys: audit_tables(*asked(*given, **keys))
