"""Whose each client is, and that speaker's value of the attribute: known to the simulation, not to an attacker."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from simulations.experiment import Experiment, Role
from simulations.scoring import Truth
from simulations.stages.prepared import Prepared


@dataclass(frozen=True)
class Owner:
    """The speaker behind a client, the index of his or her value of the attribute, and the person."""

    speaker: str
    value: int
    person: str


def values_of(attribute: str, shadow: Prepared) -> tuple[str, ...]:
    """The attribute's values, sorted, as the shadow speakers have them: what an attacker can choose from."""
    return tuple(sorted(set(shadow.speakers[attribute])))


def owners(attribute: str, data: Prepared, values: Sequence[str]) -> dict[str, Owner]:
    """The owner of every client of one role."""
    table, whose = data.speakers, "person" if "person" in data.speakers else "speaker"
    known = {
        speaker: Owner(speaker, values.index(value), person)
        for speaker, value, person in zip(table["speaker"], table[attribute], table[whose], strict=True)
    }
    return {client: known[speaker] for client, speaker in zip(data.clients.names, data.owners, strict=True)}


def private_truth(experiment: Experiment, data: Prepared, values: Sequence[str]) -> Truth:
    """The truth table about the clients of every private training."""
    clients = clients_table(experiment, "private", data, values)
    if "person" in data.speakers:
        clients["person"] = clients["speaker"].map(
            dict(zip(data.speakers["speaker"], data.speakers["person"], strict=True))
        )
    return Truth(experiment.attribute, tuple(values), clients)


def clients_table(experiment: Experiment, role: Role, data: Prepared, values: Sequence[str]) -> pd.DataFrame:
    """Columns training, client, speaker, value: one row per client of each of the role's trainings."""
    known = owners(experiment.attribute, data, values)
    rows = [
        (training, client, known[client].speaker, known[client].value)
        for number, training in enumerate(experiment.trainings_of(role))
        for client in data.data(number % len(data.folds)).open().clients
    ]
    return pd.DataFrame(rows, columns=["training", "client", "speaker", "value"])
