"""What every attack is compared with: the best attack of the capture, or a named one."""

from collections.abc import Collection, Sequence

from fedser.errors import ConfigError
from simulations.scoring.judged import Judged
from simulations.scoring.roles import role_of

BEST = "best"


def best_of(judged: Sequence[Judged], reference: str) -> Judged | None:
    """The row that gives most away, the first of equals, among the attacks or among the layers of ``reference``.

    None where there is no such attack.
    """
    chosen = [one for one in judged if _may_be(one, reference)]
    return max(chosen, key=lambda one: one.merit, default=None)


def _may_be(one: Judged, reference: str) -> bool:
    return role_of(one.attack) == "attack" if reference == BEST else one.attack == reference


def check_reference(reference: str, attacks: Collection[str]) -> None:
    """Raise ConfigError unless ``reference`` is one of ``attacks``, by their names in ``leakage.csv``, or the best."""
    names = [BEST, *attacks]
    if reference not in names:
        raise ConfigError(
            f"scores.reference: {reference!r} is no attack of this experiment (choose from {', '.join(names)})"
        )
