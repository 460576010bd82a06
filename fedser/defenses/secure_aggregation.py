"""Secure aggregation: the server learns the sum of a round's updates, and of no single one (Bonawitz et al. 2017).

``protocol: simulated`` is the protocol's result, not its cryptography: clients do not mask and do not drop out, nothing
is rounded to a finite ring, and no client is malicious. The observer sees one update per round, the clients' mean
weighted by n_k, with the sum of their n_k and the names of those who took part, whom the server has sampled itself. The
training is what it is without: the server never had a use for single updates, and no bit of a model changes.

``protocol: secagg_plus`` runs Flower's SecAgg+ (Bell et al. 2020, Algorithms 2 and 3) between the nodes of the flower
engine, one client on each. A client multiplies its update by n_k / W, W the power of two from the largest n_k of the
training on, rounds each entry up or down at random to one of 2^bits steps between -clipping_range and clipping_range,
adds its masks modulo 2^32, and sends that. Masks cancel exactly, and what rounds is drawn from the client's stream: the
model does not depend on them. With c the clipping range and K clients, no entry of the mean is farther from the
simulated one than

    2 c K W / (2^bits sum_k n_k)

and float32's rounding, so less than 4 c / 2^bits for clients of one n_k: 1.2e-7 of eight clients, at Flower's c of 8
and the bits that fit. What FedAvg's clients send unchanged, since it is frozen, drifts by as much. A client that would
have to clip, which SecAgg+ does in silence, is an error here. One that is lost after the keys are shared is recovered
by the others' shares; the training ends with an error all the same, since no result is to depend on which machine died,
and goes on from its last kept state.

It costs time and bytes: of 20 clients with 56,000 parameters each sends 463 kB a round instead of 226, since Flower
sends integers of 64 bits, and a round takes 24 s instead of 0.3 on one busy core, of which 7 s of CPU draw the masks of
all pairs and 4 s split and combine Shamir's shares; with ``shares: 5`` it takes 3 s, and 453 kB.

Guarantee: whatever an honest-but-curious server computes, it computes from sums over all clients of a round, and public
values; in Flower's implementation also from n_k and, here, training losses, which travel beside the masked vector. It
does not say what a sum gives away: about one over the number of clients of what one update does (Elkordy et al. 2022,
arXiv 2208.02304). With ``shares`` below the number of clients, each masks towards so many neighbours only, and a server
that colludes with all of these sees its update. Known breaks: a server that knows who took part can compare sums over
many rounds, and solve them for single clients (Lam et al. 2021, arXiv 2106.06089; So et al. 2021, arXiv 2106.03328) or
fit a client's property to them (Kerkouche et al. 2023, arXiv 2303.03908, the attack ``aggregate``); where all clients
take part in each round, there is nothing to compare. An active server needs not even that: it sends clients different
models (Pasquini et al. 2022, arXiv 2111.07380), or plants layers that keep their inputs apart within a sum (Fowl et al.
2022, arXiv 2110.13057); and it hands out the public keys itself, which Flower's nodes do not verify. Flower's masks
(flwr 1.41) come from a Mersenne Twister seeded with 32 bits that a key is folded to: who tries all 2^32 seeds removes
the one mask between two clients, so that its cryptography is one to test with.
"""

from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.defenses.defense import Defense, Groups
from fedser.defenses.wire import FLOAT, Wire
from fedser.errors import InputError
from fedser.seeds import Stream

RING_BITS = 32
"""Masked entries are integers modulo 2^32."""

LEAST_BITS = 16

MOST_BITS = 30
"""Flower rounds to int32, which 2^31 steps would leave."""


class SecureAggregation(Defense):
    """The server sees the sum of a round alone: simulated, or by Flower's SecAgg+ between Flower's nodes."""

    source: ClassVar[str] = "Bonawitz et al. 2017 (arXiv 1611.04482); Bell et al. 2020 (SecAgg+)"
    sum_alone: ClassVar[bool] = True
    name: Literal["secure_aggregation"] = "secure_aggregation"
    protocol: Literal["simulated", "secagg_plus"] = Field(
        "simulated", description="the protocol's result, or Flower's SecAgg+ itself (engine flower, nodes per_client)"
    )
    clipping_range: float | None = Field(
        None, gt=0, description="secagg_plus: the largest entry of an update that can be sent; by default 8"
    )
    bits: int | None = Field(
        None,
        ge=LEAST_BITS,
        le=MOST_BITS,
        description="secagg_plus: of an entry; by default as many as the sum leaves of 32",
    )
    shares: int | None = Field(
        None, ge=3, description="secagg_plus: holders of a client's keys, itself among them; by default all clients"
    )
    threshold: float | None = Field(
        None, gt=0.5, le=1, description="secagg_plus: of the shares, that recover a lost client; by default two thirds"
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        given = [key for key in ("clipping_range", "bits", "shares", "threshold") if getattr(self, key) is not None]
        if self.protocol == "simulated" and given:
            raise ValueError(f"{', '.join(given)}: not of the simulated protocol; choose protocol: secagg_plus")
        if self.shares is not None and self.shares % 2 == 0:
            raise ValueError(f"shares: {self.shares}, but it is a client and its neighbours on both sides; choose odd")
        return self

    @property
    def label(self) -> str:
        """Without what is not chosen."""
        chosen = self.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
        return f"{self.name}({' '.join(f'{k}={v}' for k, v in chosen.items())})" if chosen else self.name

    @property
    def between_nodes(self) -> bool:
        """As chosen."""
        return self.protocol == "secagg_plus"

    def on_cohort(self, clients: int, stream: Stream) -> tuple[Groups, ...]:
        """One group, of all."""
        if clients < 2:
            raise InputError(
                "secure_aggregation: a round has one client, whose update the sum would be"
                " (raise algorithm.client_fraction or partition.parts)"
            )
        if self.between_nodes:
            self.bits_among(clients)
        return ((tuple(range(clients)),),)

    def bits_among(self, clients: int) -> int:
        """Bits of an entry of which the sum of so many, each 2^bits at most, is below 2^32; raises InputError."""
        most = min(MOST_BITS, RING_BITS - clients.bit_length())
        if most < (self.bits or LEAST_BITS):
            raise InputError(
                f"secure_aggregation.bits: {self.bits or LEAST_BITS}, but a sum of {clients} clients leaves {most} of"
                f" {RING_BITS} (choose from {LEAST_BITS} to that, or lower algorithm.client_fraction)"
            )
        return self.bits or most

    def on_wire(self, wire: Wire) -> Wire:
        """A mask hides every entry, zeros too: whole words, however few values there were before.

        Flower's are integers of 64 bits; keys and shares are not counted.
        """
        return replace(Wire.dense(wire.sizes), bits=64 if self.between_nodes else FLOAT)
