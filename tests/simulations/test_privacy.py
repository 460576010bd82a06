"""What ``privacy.csv`` and the report say of a run's differential privacy, and what ``fedser check`` refuses of it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fedser.defenses.accountant import epsilon_of
from fedser.defenses.guarantee import Guarantee
from fedser.updates.store import UpdateStore
from simulations.report.privacy import privacy_sentences
from simulations.scoring.privacy import PRIVACY_NUMBERS, PRIVACY_WORDS, Promised, privacy

Cli = Callable[..., tuple[int, str, str]]


def test_a_run_tells_the_epsilon_of_opacus_and_whom_it_does_not_hold_against(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(attacks=[], oracle=None, defenses=[{"name": "dp_fedavg", "noise_multiplier": 0.7, "clip": 0.1}])
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "run" / "privacy.csv")
    assert list(table.columns) == PRIVACY_WORDS + PRIVACY_NUMBERS
    few, server = (table[table["against"] == whom] for whom in ("all who see only models", "the server"))
    assert len(few) == len(server) == table["training"].nunique() and (server["epsilon"] == float("inf")).all()
    for row in few.itertuples():
        expected = epsilon_of(0.7, row.sample_rate, row.steps, row.delta, "rdp")
        assert row.epsilon == pytest.approx(expected, rel=1e-3) and row.delta < row.sample_rate
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "protects all of one client against all who see only models with epsilon" in page
    assert "promises nothing: epsilon is infinite (updates are clipped, and have no noise)" in page
    store = UpdateStore(tmp_path / "run" / "simulate" / "private-0" / "updates")
    seen = next(store.read())
    assert all(update.examples == 1 for update in seen.updates)


def test_a_delta_that_the_clients_forbid_is_refused_before_any_work(fedser: Cli, config: Callable[..., Path]) -> None:
    path = config(attacks=[], oracle=None, defenses=[{"name": "dp_sgd", "epsilon": 5.0, "delta": 0.5}])
    code, _, errors = fedser("check", path)
    assert code == 2 and "defenses: dp_sgd.delta: 0.5, but there are" in errors and "Traceback" not in errors


def test_the_weakest_training_speaks_for_all() -> None:
    def promise(training: str, epsilon: float) -> Promised:
        said = Guarantee("accountant", "one utterance", "the server", epsilon, 1e-7, 1.0, "rdp", 0.1, 2000, "luck")
        return Promised(training, "dp_sgd(epsilon=5.0)", said)

    table = privacy([promise("private-0", 4.9), promise("private-1", 6.25)])
    assert table["delta"].tolist() == ["1e-07", "1e-07"]
    table["delta"] = table["delta"].astype(float)
    assert list(privacy_sentences(table)) == [
        "By the accountant rdp dp_sgd(epsilon=5.0) protects one utterance against the server with epsilon 6.25 at delta"
        " 1e-07 (noise multiplier 1, sampling rate 0.1, 2,000 steps). Assumed: luck."
    ]
