"""Mistakes are collected and told together, and each kind of error has its exit code."""

import pytest

from fedser.errors import CaptureError, ClientError, ConfigError, FedserError, InputError, Problems


def test_no_problem_raises_nothing() -> None:
    Problems().raise_if_any()


def test_all_problems_are_raised_together_one_a_line() -> None:
    problems = Problems()
    problems.add("a.wav", "silent")
    problems.extend(["b.wav: too short"])
    assert len(problems) == 2
    with pytest.raises(InputError) as refusal:
        problems.raise_if_any(title="unusable audio:")
    assert str(refusal.value) == "unusable audio:\na.wav: silent\nb.wav: too short"


@pytest.mark.parametrize(("error", "code"), [(ConfigError, 2), (InputError, 2), (CaptureError, 2), (ClientError, 1)])
def test_an_error_is_raised_as_the_kind_that_was_asked_for(error: type[FedserError], code: int) -> None:
    problems = Problems()
    problems.add(3, "wrong")
    with pytest.raises(error, match=r"^3: wrong$") as refusal:
        problems.raise_if_any(error)
    assert refusal.value.exit_code == code
