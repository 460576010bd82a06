"""Defenses by which the server sees groups of clients, through the command line: what is refused, and what is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fedser.updates.store import UpdateStore

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]
PAIRS, SUM = {"name": "local_aggregation", "clients": 2}, {"name": "secure_aggregation"}
ALL = {"name": "fedsgd", "client_fraction": 1.0}
QUICK = {"bootstrap": 100, "permutations": 99, "averaged_draws": 1, "observed_draws": 2, "inputs": False}


def refusals(cli: Cli, path: Path, command: str = "check") -> list[str]:
    code, _, errors = cli(command, path)
    assert code == 2 and "Traceback" not in errors
    return [line.split("small.yaml:")[1].split(": ", 1)[1] for line in errors.splitlines() if "small.yaml:" in line]


def alone(place: str, attack: str) -> str:
    return (
        f"{place}: {attack} reads updates by themselves, but with secure_aggregation the server sees sums of rounds"
        " alone (choose attacks that need only aggregates, the final model or nothing, such as aggregate, or leave the"
        " attack or the defense out)"
    )


@pytest.mark.parametrize("command", ["check", "run"])
def test_attacks_on_single_updates_are_refused_where_sums_alone_are_seen(
    fedser: Cli, config: Write, command: str
) -> None:
    attacks = [{"name": "logistic"}, {"name": "aggregate"}, {"name": "majority"}, {"name": "set"}]
    inferring = [{"name": "cosine"}, {"name": "loss"}, {"name": "loss_rounds"}, {"name": "projection"}]
    path = config(defenses=[SUM], attacks=attacks, membership=inferring)
    expected = [("attacks.0", "logistic"), ("attacks.3", "set"), ("membership.0", "cosine")]
    assert refusals(fedser, path, command) == [alone(*one) for one in [*expected, ("membership.3", "projection")]]


@pytest.mark.parametrize("defense", [PAIRS, SUM], ids=lambda one: one["name"])
def test_whose_an_update_is_cannot_be_asked_of_groups(fedser: Cli, config: Write, defense: dict[str, Any]) -> None:
    path = config(defenses=[defense], attacks=[], identity={}, inversion=[{"name": "analytic"}])
    assert refusals(fedser, path) == [
        f"identity: asks whose an update is, but with {defense['name']} each is of several clients (leave identity or"
        " the defense out)",
        f"inversion: rebuilds the batch of one client, but with {defense['name']} each update is of several clients"
        " (leave inversion or the defense out)",
    ]


def test_two_of_them_and_sums_of_nodes_are_refused(fedser: Cli, config: Write) -> None:
    path = config(defenses=[PAIRS, SUM], attacks=[], engine={"name": "flower", "replies": "sums"})
    assert refusals(fedser, path) == [
        "engine.replies: sums, of which no group of local_aggregation is made; choose auto or updates",
        "defenses: local_aggregation and secure_aggregation each decide what the server sees of a round; keep one",
    ]


SECAGG = {"name": "secure_aggregation", "protocol": "secagg_plus"}


def test_a_protocol_between_nodes_is_refused_where_clients_have_none_of_their_own(fedser: Cli, config: Write) -> None:
    told = "secure_aggregation(protocol=secagg_plus)"
    (cohort,) = refusals(fedser, config(defenses=[SECAGG], attacks=[], engine={"name": "cohort"}))
    assert cohort == (
        f"engine.name: cohort, but {told} is a protocol between Flower's nodes; choose engine flower with nodes:"
        " per_client, or protocol: simulated"
    )
    (flower,) = refusals(fedser, config(defenses=[SECAGG], attacks=[], engine={"name": "flower", "nodes": 2}))
    assert flower == f"engine.nodes: 2, but in {told} each client is a party; choose per_client"


@pytest.mark.parametrize("command", ["check", "run"])
def test_too_few_clients_are_refused_of_every_role_before_any_work(
    fedser: Cli, config: Write, tmp_path: Path, command: str
) -> None:
    """Of 8 speakers a fold leaves 4, and of two corpora of 8 it leaves 8: half of them are 2 and 4."""
    path = config(defenses=[{"name": "local_aggregation", "clients": 5}])
    more = ("--out", tmp_path / "out") if command == "run" else ()
    code, _, errors = fedser(command, path, *more)
    told, message = " ".join(errors.split()), "local_aggregation.clients: 5, but a round has"
    assert code == 2 and f"private trainings: {message} 2" in told and f"shadow trainings: {message} 4" in told
    assert not (tmp_path / "out" / "features").exists()


def test_the_estimate_counts_what_is_captured(fedser: Cli, config: Write) -> None:
    """Two private trainings of 6 rounds of 4 clients, two shadow ones of 8: in pairs."""
    code, shown, errors = fedser("check", config(algorithm=ALL, defenses=[PAIRS]))
    assert code == 0, errors
    lines = {line.split("│")[1].strip(): line for line in shown.splitlines() if line.startswith("│")}
    counts = {
        name: [int(cell) for cell in lines[name].split("│")[2:4]] for name in ("client updates", "captured updates")
    }
    assert counts == {"client updates": [48, 96], "captured updates": [24, 48]}


def test_a_run_asks_about_every_client_as_without_the_defense(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "logistic", "shadow": "both"}, {"name": "aggregate"}]
    path = config(algorithm=ALL, defenses=[PAIRS], attacks=attacks, membership=[{"name": "cosine"}], scores=QUICK)
    code, _, errors = fedser("run", path, "--out", tmp_path / "out")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "out" / "leakage.csv")
    assert set(table["attack"]) == {"logistic", "logistic-aligned", "aggregate", "oracle"}
    assert set(table["defense"]) == {"local_aggregation(clients=2)"}
    counts = table.groupby("unit")["n"].unique().map(list).to_dict()
    assert counts == {"update": [48], "client": [8], "speaker": [8]}  # 2 trainings, 6 rounds, 4 clients
    store = UpdateStore(tmp_path / "out" / "simulate" / "private-0" / "updates")
    assert store.grouped and [len(u.members) for seen in store.read({1}) for u in seen.updates] == [2, 2]
    aligned = UpdateStore(tmp_path / "out" / "simulate" / "aligned-0" / "updates")
    assert aligned.grouped and len(aligned.rows()) == 6 * 16
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "the mean update of each group of 2 clients" in page and "each client's update as it arrives" not in page


def test_a_run_where_the_sum_alone_is_seen(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "aggregate"}, {"name": "majority"}]
    path = config(defenses=[SUM], attacks=attacks, membership=[{"name": "loss"}], adversary="both", scores=QUICK)
    code, _, errors = fedser("run", path, "--out", tmp_path / "out")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "out" / "leakage.csv")
    assert {"aggregate", "aggregate-static"} <= set(table["attack"])
    assert set(table["defense"]) == {"secure_aggregation"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "the sum of all updates of a round" in page
