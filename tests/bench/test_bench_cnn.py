"""The CNN bench: both sides compute the same, and a side that does not is told apart."""

from dataclasses import replace

import pytest

from attacks.cnn.attack import Cnn
from attacks.cnn.settings import Adam
from simulations.bench.cnn import measure_cnn
from simulations.bench.cnn_agreement import CnnAgreement, agreement
from simulations.bench.cnn_job import CnnJob, CnnSetting, jobs

TINY = CnnSetting(
    features=70,
    hidden=(32, 16),
    batches=3,
    repetitions=2,
    cnn=Cnn(threads=1, device="cpu", batch_size=4, hidden=(8,), adam=Adam(learning_rate=1e-3)),
)


@pytest.fixture(scope="module")
def tiny_jobs(tmp_path_factory: pytest.TempPathFactory) -> list[CnnJob]:
    return jobs(TINY, tmp_path_factory.mktemp("updates"))


def test_both_sides_agree_on_every_layer_with_dropout(tiny_jobs: list[CnnJob]) -> None:
    found = [agreement(job) for job in tiny_jobs]
    assert [a.layer for a in found] == ["dense1", "dense2", "dense3"]
    assert all(a.holds for a in found), found
    assert max(a.loss for a in found) < 1e-5


@pytest.mark.parametrize("change", ["learning rate", "weight decay", "masks", "order"])
def test_another_computation_is_told_apart(
    change: str, tiny_jobs: list[CnnJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tiny_jobs[0]
    if change == "masks":
        monkeypatch.setattr("simulations.bench.cnn_agreement.drop", lambda x, rate, masks: x)
    elif change == "order":
        monkeypatch.setattr(CnnJob, "order", lambda self, number: self.lesson.train)
    else:
        monkeypatch.setattr("simulations.bench.cnn_agreement.PlainLoop", _with_other_adam(change))
    assert not agreement(job).holds


def _with_other_adam(change: str):
    from simulations.bench.cnn_plain import PlainLoop

    other = {"learning rate": {"learning_rate": 1.05e-3}, "weight decay": {"learning_rate": 1e-3, "weight_decay": 0.1}}

    def start(job: CnnJob, *dropout) -> PlainLoop:
        return PlainLoop(replace(job, cnn=job.cnn.model_copy(update={"adam": Adam(**other[change])})), *dropout)

    return start


def test_a_difference_is_none_only_within_both_tolerances() -> None:
    assert CnnAgreement("dense1", loss=1e-5, model=1e-3).holds
    assert not CnnAgreement("dense1", loss=1e-3, model=1e-3).holds
    assert not CnnAgreement("dense1", loss=1e-5, model=1e-1).holds
    assert not CnnAgreement("dense1", loss=float("nan"), model=1e-3).holds


def test_each_side_is_timed_in_turns_on_every_layer_and_pass(tiny_jobs: list[CnnJob]) -> None:
    told: list[tuple[int, int]] = []
    samples = measure_cnn(tiny_jobs, 2, lambda done, total: told.append((done, total)))
    assert told == [(done, 9) for done in range(1, 10)]
    first = [(s.side, s.unit, s.repetition) for s in samples if s.layer == "dense1"]
    turns = [("plain", "ours"), ("ours", "plain")]
    units = ("training", "validation")
    assert first == [(side, unit, n) for n, turn in enumerate(turns, start=1) for side in turn for unit in units]
    assert all(sample.seconds > 0 for sample in samples)
