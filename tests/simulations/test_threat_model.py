"""Attacks that need more than the threat model of the experiment are refused, each at its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]
ATTACKS = [{"name": "aggregate"}, {"name": "moments"}, {"name": "majority"}, {"name": "pca"}]


@pytest.mark.parametrize("command", ["check", "run"])
def test_all_that_need_more_are_refused_at_once(fedser: Cli, config: Write, command: str) -> None:
    path = config(attacks=ATTACKS, threat_model={"knowledge": "aggregates"}, algorithm={"name": "fedsgd"})
    code, _, errors = fedser(command, path)
    assert code == 2
    refused = [line.split("small.yaml:")[1].split(": ", 1)[1] for line in errors.splitlines() if "small.yaml:" in line]
    assert refused == [
        f"attacks.{place}: {name} needs updates, but threat_model.knowledge is aggregates"
        " (choose updates or broadcast or hyper_parameters, or leave the attack out)"
        for place, name in ((1, "moments"), (3, "pca"))
    ]


@pytest.mark.parametrize("known", ["nothing", "final_model", "aggregates", "updates", "broadcast", "hyper_parameters"])
def test_what_is_known_is_enough_for_what_needs_no_more(fedser: Cli, config: Write, known: str) -> None:
    enough = {"updates": ATTACKS, "broadcast": ATTACKS, "hyper_parameters": ATTACKS, "aggregates": ATTACKS[::2]}
    attacks = enough.get(known, [{"name": "majority"}])
    path = config(attacks=attacks, threat_model={"knowledge": known}, algorithm={"name": "fedsgd"})
    code, shown, errors = fedser("check", path)
    assert code == 0, errors
    assert f"knowledge: {known}" in shown


def test_an_unknown_threat_model_is_refused_with_the_known_ones(fedser: Cli, config: Write) -> None:
    code, _, errors = fedser("check", config(threat_model={"knowledge": "gradients"}))
    assert code == 2
    assert (
        "threat_model.knowledge: should be 'nothing', 'final_model', 'aggregates', 'updates', 'broadcast' or"
        " 'hyper_parameters', got \"gradients\"" in " ".join(errors.split())
    )


def test_list_says_what_attacks_need(fedser: Cli) -> None:
    code, shown, _ = fedser("list")
    lines = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    assert code == 0 and lines["majority"].endswith("(needs nothing)") and lines["pca"].endswith("(needs updates)")
