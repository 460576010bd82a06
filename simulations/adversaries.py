"""Who attacks: an attack, the shadow updates that it learns from, and whether these know of the defense."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from attacks import AttackConfig
from attacks.shadow import ShadowKind

Adversaries = Literal["adaptive", "static", "both"]
"""An adaptive adversary's shadow clients defend themselves as the private ones do; a static one's do not, since it does
not know of the defense (Tramer et al. 2020, arXiv 2002.08347, on why attacks must adapt)."""


@dataclass(frozen=True)
class Adversary:
    """One attack and all that it learns from at once; a ``static`` one's shadow clients have no defense."""

    attack: AttackConfig
    static: bool = False

    @property
    def learns_from(self) -> tuple[ShadowKind, ...]:
        """One kind of shadow updates, or both in one."""
        return self.attack.shadows


def labelled(attacks: Sequence[AttackConfig], statics: Sequence[bool]) -> dict[str, Adversary]:
    """Each attack under its name in ``leakage.csv``: once per kind of shadow that it learns from, which is then its
    only one, and once per kind of adversary. A second one of a name and kind is numbered.
    """
    labels: dict[str, Adversary] = {}
    known: list[str] = []
    for name, adversary in _each(attacks, statics):
        known.append(name)
        number = known.count(name)
        labels[name if number == 1 else f"{name}-{number}"] = adversary
    return labels


def _each(attacks: Sequence[AttackConfig], statics: Sequence[bool]) -> Iterator[tuple[str, Adversary]]:
    for attack in attacks:
        for lesson in attack.lessons():
            for static in statics:
                parts = (lesson.name, "aligned" if lesson.shadow == "aligned" else "", "static" if static else "")
                yield "-".join(filter(None, parts)), Adversary(lesson, static)
