"""Whose each client is, and that speaker's value of the attribute: known to the simulation, not to an attacker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from simulations.attributes.attribute import Attribute
from simulations.attributes.number import Number
from simulations.experiment import Experiment, Role
from simulations.scoring import Truth
from simulations.stages.prepared import Prepared


@dataclass(frozen=True)
class Owner:
    """The speaker behind a client, the index of his or her value of the attribute, and the person."""

    speaker: str
    value: int
    person: str


def values_of(attribute: Attribute, shadow: Prepared) -> tuple[str, ...]:
    """The attribute's values, in order, as the shadow speakers have them: what an attacker can choose from."""
    return attribute.ordered(set(shadow.speakers[attribute.column]))


def owners(column: str, data: Prepared, values: Sequence[str]) -> dict[str, Owner]:
    """The owner of every client of one role."""
    table = data.speakers
    known = {
        speaker: Owner(speaker, values.index(value), data.persons[speaker])
        for speaker, value in zip(table["speaker"], table[column], strict=True)
    }
    return {client: known[speaker] for client, speaker in zip(data.clients.names, data.owners, strict=True)}


def private_truth(experiment: Experiment, prepared: Mapping[Role, Prepared]) -> Truth:
    """The truth table about the clients of every private training; its values are those of the shadows."""
    attribute, data = experiment.attribute, prepared["private"]
    values = values_of(attribute, prepared["shadow"])
    clients = clients_table(experiment, "private", data, values)
    known = data.speakers.set_index("speaker")
    if "person" in known:
        clients["person"] = clients["speaker"].map(known["person"])
    if not isinstance(attribute, Number):
        return Truth(attribute.title, values, clients)
    clients["number"] = clients["speaker"].map(known[attribute.of]).astype(float)
    return Truth(attribute.title, values, clients, attribute.scale(prepared["shadow"].speakers, values))


def clients_table(experiment: Experiment, role: Role, data: Prepared, values: Sequence[str]) -> pd.DataFrame:
    """Columns training, client, speaker, value: one row per client of each of the role's trainings."""
    known = owners(experiment.attribute.column, data, values)
    rows = [
        (training, client, known[client].speaker, known[client].value)
        for number, training in enumerate(experiment.trainings_of(role))
        for client in data.data(number % len(data.folds)).open().clients
    ]
    return pd.DataFrame(rows, columns=["training", "client", "speaker", "value"])
