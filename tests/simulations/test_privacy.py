"""What ``privacy.csv`` and the report say of a run's differential privacy, and what ``fedser check`` refuses of it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fedser.defenses.accountant import epsilon_of
from fedser.defenses.guarantee import Guarantee
from fedser.engine import Inline
from fedser.updates.store import UpdateStore
from simulations.progress import bars
from simulations.report.privacy import privacy_sentences
from simulations.run_folder import RunFolder
from simulations.scoring.privacy import PRIVACY_NUMBERS, PRIVACY_WORDS, Promised, privacy
from simulations.stages.canaries import release
from simulations.stages.prepared import Prepared

Cli = Callable[..., tuple[int, str, str]]


def test_a_run_tells_the_epsilon_of_opacus_and_whom_it_does_not_hold_against(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defense = {"name": "dp_fedavg", "noise_multiplier": 0.7, "clip": 0.1}
    path = config(attacks=[], oracle=None, defenses=[defense], canaries={"number": 60, "delta": 1e-3})
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "run" / "privacy.csv")
    assert list(table.columns) == PRIVACY_WORDS + PRIVACY_NUMBERS
    few, server = (table[table["against"] == whom] for whom in ("all who see only models", "the server"))
    assert (
        len(few) == len(server) == table.loc[table["kind"] == "accountant", "training"].nunique()
        and (server["epsilon"] == float("inf")).all()
    )
    for row in few.itertuples():
        expected = epsilon_of(0.7, row.sample_rate, row.steps, row.delta, "rdp")
        assert row.epsilon == pytest.approx(expected, rel=1e-3) and row.delta < row.sample_rate
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "protects all of one client against all who see only models with epsilon" in page
    assert "promises nothing: epsilon is infinite (updates are clipped, and have no noise)" in page
    measured = table[table["training"] == "canaries"]
    assert measured["kind"].tolist() == ["estimate", "lower bound"] * 2 and (measured["delta"] == 1e-3).all()
    estimates = measured[measured["kind"] == "estimate"]
    assert estimates["low"].lt(estimates["high"]).all() and measured["epsilon"].between(0, 100).all()
    assert "protects a client that takes part once against all who see only the last model with epsilon" in page
    assert "By guesses about canaries (Steinke et al. 2023), epsilon of dp_fedavg" in page
    seen = pd.read_csv(tmp_path / "run" / "canaries.csv")
    assert len(seen) == 60 and 15 < seen["took_part"].sum() < 45
    monkeypatch.setattr(Inline, "run_all", None)  # what is finished is not trained again
    folder = RunFolder(tmp_path / "run")
    with bars() as shown:
        release(folder.experiment(), folder, {"private": Prepared(folder.role("private"))}, shown, 1)
    store = UpdateStore(tmp_path / "run" / "simulate" / "private-0" / "updates")
    seen = next(store.read())
    assert all(update.examples == 1 for update in seen.updates)


def test_a_delta_that_the_clients_forbid_is_refused_before_any_work(fedser: Cli, config: Callable[..., Path]) -> None:
    path = config(attacks=[], oracle=None, defenses=[{"name": "dp_sgd", "epsilon": 5.0, "delta": 0.5}])
    code, _, errors = fedser("check", path)
    assert code == 2 and "defenses: dp_sgd.delta: 0.5, but there are" in errors and "Traceback" not in errors


def test_canaries_that_tell_nothing_are_refused_with_all_mistakes(fedser: Cli, config: Callable[..., Path]) -> None:
    path = config(attacks=[], oracle=None, defenses=[{"name": "sign"}], canaries={"turns": 9})
    code, _, errors = fedser("check", path)
    assert code == 2 and "canaries: no defense bounds what a client sends, so that nothing says how long" in errors
    assert "canaries.turns: 9, but there are 6 rounds" in errors
    code, _, errors = fedser("check", config(attacks=[], oracle=None, canaries={"number": 5000, "norm": 1.0}))
    assert code == 2 and "canaries.number: 5000 directions of 15,996 parameters that clients share would hide" in errors
    assert "(choose at most 1,599, or a larger model)" in errors and "Traceback" not in errors


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
