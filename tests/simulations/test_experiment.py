"""Experiments that cannot be run are refused when they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedser.config import load
from fedser.errors import ConfigError
from simulations.experiment import Experiment
from simulations.stages.attacker import attackers_stream

Write = Callable[..., Path]

SYNTHETIC = {"name": "synthetic", "corpus": "a"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"corpora": {"private": SYNTHETIC}},
            "corpora: attacks need shadow updates: name at least one corpus in corpora.shadow",
        ),
        (
            {"corpora": {"private": SYNTHETIC, "shadow": [SYNTHETIC]}},
            "corpora: given more than once: a",
        ),
        (
            {"partition": {"name": "single"}},
            "partition: single mixes all speakers in one client: leave attacks, oracle, identity and inversion out",
        ),
        (
            {"trainings": {"private": 3}},
            "trainings.private: 3 of 2 folds (choose 'all' or a number from 1 to partition.folds.number)",
        ),
        (
            {"selection": {"from_round": 7}},
            "selection.from_round: 7, but there are 6 rounds",
        ),
        (
            {"defenses": [{"name": "dropout", "rate": 0.5, "layer": 3}]},
            "no hidden layer 3 (choose from 1 to 2)",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_run_is_refused(changes: dict[str, Any], message: str, config: Write) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Experiment, config(**changes))
    assert message in str(refused.value)


def test_all_contradictions_are_told_at_once_each_at_its_line(config: Write) -> None:
    path = config(selection={"from_round": 7}, trainings={"private": 3}, corpora={"private": SYNTHETIC})
    with pytest.raises(ConfigError) as refused:
        load(Experiment, path)
    lines = path.read_text().splitlines()
    for key in ("corpora", "selection", "trainings"):
        number = next(n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:"))
        told = [line for line in str(refused.value).splitlines() if f" {key}" in line]
        assert len(told) == 1 and int(told[0].split(":")[1]) in (number, number + 1), refused.value


def test_an_attacker_cannot_draw_what_the_clients_drew(config: Write) -> None:
    experiment = load(Experiment, config())
    handed = attackers_stream(experiment, "logistic")
    assert handed.seed != experiment.seed and handed.names == ()
    assert handed.seed != attackers_stream(experiment, "cnn").seed


def test_a_second_attack_of_a_name_gets_a_number(config: Write) -> None:
    attacks = [{"name": "logistic"}, {"name": "majority"}, {"name": "logistic", "folds": 3}]
    experiment = load(Experiment, config(attacks=attacks))
    assert list(experiment.adversaries()) == ["logistic", "majority", "logistic-2"]


def test_an_experiment_survives_its_own_file(config: Write) -> None:
    experiment = load(Experiment, config())
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


def test_trainings_differ_in_nothing_but_their_name(config: Write) -> None:
    experiment = load(Experiment, config())
    names = [name for role in experiment.roles for name in experiment.trainings_of(role)]
    assert names == ["private-0", "private-1", "shadow-0", "shadow-1"]
    first, *others = (experiment.simulation(name).model_dump() for name in names)
    assert all(other | {"training": "private-0"} == first for other in others)
    assert len({experiment.simulation(name).stream("init").key() for name in names}) == len(names)
