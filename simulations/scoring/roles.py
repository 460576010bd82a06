"""What an attack's name says of it: an attack, a control that must stay at chance, or a reference above all attacks."""

from typing import Literal

Role = Literal["attack", "control", "reference"]

ROLES: tuple[Role, ...] = ("attack", "control", "reference")
_CONTROLS, _REFERENCES = ("majority", "permuted", "random", "prior"), ("oracle",)


def role_of(attack: str) -> Role:
    """An attack, a control, or a reference that no attacker has; ``cnn-2`` is a second ``cnn``."""
    name = base_name(attack)
    return "control" if name in _CONTROLS else "reference" if name in _REFERENCES else "attack"


def adaptive_of(attack: str) -> str | None:
    """The name of the adversary who knows of the defense, for the name of one who does not: ``logistic-2`` for
    ``logistic-static-2``; None for all others.
    """
    parts = attack.split("-")
    return "-".join(part for part in parts if part != "static") if "static" in parts else None


def base_name(attack: str) -> str:
    """The name without what tells several of that name apart: ``logistic-aligned``, ``logistic-2``."""
    return attack.partition("-")[0]
