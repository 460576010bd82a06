"""Progress in a log: few lines, the last of them at the end."""

import pytest

from simulations import progress


def test_a_log_gets_the_beginning_and_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.bars() as bars:
        update = bars.bar("train private-0")
        for done in range(1, 101):
            update(done, 100)
    assert capsys.readouterr().err.splitlines() == ["train private-0: 1/100", "train private-0: 100/100"]


def test_a_log_tells_rate_and_time_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    with progress.bars() as bars:
        update = bars.bar("features")
        for done in (0, 40, 80):
            update(done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["features: 0/100", "features: 40/100, 0.5/s, 120 s left", "features: 80/100, 0.7/s, 30 s left"]
