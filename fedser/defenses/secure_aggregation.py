"""Secure aggregation: the server learns the sum of a round's updates, and of no single one (Bonawitz et al. 2017).

Simulated is the protocol's result, not its cryptography: clients do not mask and do not drop out, nothing is rounded to
a finite field, and no client is malicious. The observer sees one update per round, the clients' mean weighted by n_k,
with the sum of their n_k and the names of those who took part, whom the server has sampled itself. The training is what
it is without: the server never had a use for single updates, and no bit of a model changes.

Guarantee: whatever an honest-but-curious server computes, it computes from sums over all clients of a round, and public
values. It does not say what a sum gives away: about one over the number of clients of what one update does (Elkordy et
al. 2022, arXiv 2208.02304). Known breaks: a server that knows who took part can compare sums over many rounds, and
solve them for single clients (Lam et al. 2021, arXiv 2106.06089; So et al. 2021, arXiv 2106.03328) or fit a client's
property to them (Kerkouche et al. 2023, arXiv 2303.03908, the attack ``aggregate``); where all clients take part in
each round, there is nothing to compare. An active server needs not even that: it sends clients different models
(Pasquini et al. 2022, arXiv 2111.07380), or plants layers that keep their inputs apart within a sum (Fowl et al. 2022,
arXiv 2110.13057).
"""

from typing import ClassVar, Literal

from fedser.defenses.defense import Defense, Groups
from fedser.errors import InputError
from fedser.seeds import Stream


class SecureAggregation(Defense):
    """The server sees the sum of a round alone: the result of the protocol, without its cryptography."""

    source: ClassVar[str] = "Bonawitz et al. 2017 (arXiv 1611.04482)"
    sum_alone: ClassVar[bool] = True
    name: Literal["secure_aggregation"] = "secure_aggregation"

    def on_cohort(self, clients: int, stream: Stream) -> tuple[Groups, ...]:
        """One group, of all."""
        if clients < 2:
            raise InputError(
                "secure_aggregation: a round has one client, whose update the sum would be"
                " (raise algorithm.client_fraction or partition.parts)"
            )
        return ((tuple(range(clients)),),)
