"""How the attacks of a leakage table are ordered and named: attacks first, then controls, then the upper reference."""

import pandas as pd

from simulations.scoring.roles import ROLES, base_name, role_of

_CONTROLS = {"majority": "control: the commonest value", "permuted": "control: shuffled labels"}
_REFERENCES = {
    "mean": "reference: true mean input",
    "class_means": "reference: true class means",
    "both": "reference: true mean and class means",
    "utterances": "reference: true utterances",
}
_COMBINED = ("fused", "all")
_UNITS = ("update", "client", "speaker")


def note_of(attack: str, layer: str) -> str:
    """What stands below an attack's name: what kind of control or reference it is, or which layers it reads."""
    if role_of(attack) == "reference":
        return _REFERENCES.get(layer, "reference: true inputs")
    return _CONTROLS.get(base_name(attack)) or (f"{layer} layers" if layer in _COMBINED else layer)


def ordered(leakage: pd.DataFrame) -> pd.DataFrame:
    """The rows by role, within a role in their order."""
    rank = leakage["attack"].map(lambda name: ROLES.index(role_of(name)))
    return leakage.iloc[rank.argsort(kind="stable")].reset_index(drop=True)


def headline(leakage: pd.DataFrame) -> pd.DataFrame:
    """The rows that speak for each attack: its layers combined where it combines them, else each of its layers."""
    combined = leakage["layer"].isin(_COMBINED)
    has_combined = leakage["attack"].isin(leakage[combined]["attack"])
    return ordered(leakage[combined | ~has_combined])


def layered(leakage: pd.DataFrame) -> pd.DataFrame:
    """The rows of the attacks (no controls) that look at more than one layer."""
    layers = leakage.groupby("attack")["layer"].transform("nunique")
    attacks = leakage["attack"].map(role_of) == "attack"
    return leakage[(layers > 1) & attacks].reset_index(drop=True)


def units(leakage: pd.DataFrame) -> tuple[str, ...]:
    """The units worth showing: without the client where each speaker is one client, and so scores the same."""
    scores = [leakage[leakage["unit"] == unit][["attack", "layer", "value", "low", "high"]] for unit in _UNITS[1:]]
    same = scores[0].reset_index(drop=True).equals(scores[1].reset_index(drop=True))
    return ("update", "speaker") if same else _UNITS
