"""Whose a parameter is: what all clients share, what nobody changes, and what is each client's own.

The roles of several defenses add up; what one has frozen stays frozen, though another would have it be a client's
own. They come before all that acts on an update, wherever they stand: nothing is sent of what is frozen or a client's
own, so that no other defense clips it, counts it or adds noise to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

Role = Literal["frozen", "own"]
"""Of a parameter that is not shared.

``frozen``: public and the same for all; no client changes it, and nothing of it is sent. ``own``: a client's own, which
it keeps between its rounds and never sends; before its first round it has the value that is broadcast.
"""


@dataclass(frozen=True)
class Roles:
    """The parameters that clients do not share in a round."""

    frozen: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    @classmethod
    def of(cls, said: Iterable[Mapping[str, Role]]) -> Self:
        """What several defenses say together."""
        pairs = [pair for roles in said for pair in roles.items()]
        frozen = frozenset(name for name, role in pairs if role == "frozen")
        return cls(frozen, frozenset(name for name, role in pairs if role == "own") - frozen)

    def shared(self, names: Iterable[str]) -> Sequence[str]:
        """Those of the parameters that clients send, and the server steps."""
        return [name for name in names if name not in self.frozen and name not in self.own]

    def withheld(self, names: Iterable[str]) -> Sequence[str]:
        """Those of which nothing is sent."""
        return [name for name in names if name in self.frozen or name in self.own]


ALL_SHARED = Roles()
"""As it is without any defense."""
