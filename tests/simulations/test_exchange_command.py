"""``fedser export`` and ``fedser import`` on a run's folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fedser.errors import ConfigError
from fedser.updates.store import UpdateStore
from simulations.exchange import chosen_rounds


def test_a_run_is_exported_and_imported(config: Callable[..., Path], fedser, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert fedser("run", str(config(rounds=3, attacks=[{"name": "majority"}])), "--out", str(run))[0] == 0
    code, out, _ = fedser("export", str(run), str(tmp_path / "out"), "--format", "breaching", "--rounds", "2-3")
    assert code == 0 and "updates of private-0" in out
    assert fedser("import", str(tmp_path / "out"), str(tmp_path / "back"))[0] == 0
    back, store = UpdateStore(tmp_path / "back"), UpdateStore(run / "simulate" / "private-0" / "updates")
    assert back.rounds == (2, 3) and back.rows() == [row for row in store.rows() if row.round > 1]
    code, _, err = fedser("export", str(run), str(tmp_path / "no"), "--training", "private-9")
    assert code == 2 and "no updates of private-9 here (choose from private-0, " in err


@pytest.mark.parametrize("text", ["0", "5-3", "a", "1-", "-1"])
def test_rounds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no round and no run of rounds"):
        chosen_rounds(text)


def test_rounds_are_one_or_a_run_of_them() -> None:
    assert chosen_rounds("3") == range(3, 4) and chosen_rounds("1-5") == range(1, 6) and chosen_rounds(None) is None
