"""The first layer is each client's own (personalised federated learning).

Arivazhagan et al. 2019 (arXiv 1912.00818, FedPer) keep the last layers at the client, Liang et al. 2020 (arXiv
2001.01523, LG-FedAvg) the first ones, as here; in both, what is a client's own is trained together with the rest.
Collins et al. 2021 (arXiv 2102.07078, FedRep) keep the last ones and train the two in turn, which this does not. A
client of FedSGD steps on its own layer by itself, with the algorithm's learning rate.

What it costs: a speaker who takes no part has no layer of its own, and is given the one that the server began with and
has never trained. So the utility that is reported, for held-out speakers, is that of trained layers on random features,
and lower than what a participant has. In its first round a client begins with that layer, too; of clients that rarely
take part, it is nearly the same.

Guarantee: nothing of the layer is ever sent. Known breaks: the second layer's gradient gives an attacker the mean
activation (see ``first_layer``), and as long as a client has taken part in few rounds, also the layer behind it, since
it began at public values.
"""

from typing import ClassVar, Literal

from fedser.defenses.first_layer import FirstLayer
from fedser.defenses.roles import Role


class PrivateFirst(FirstLayer):
    """Each client keeps a first layer of its own, and never sends it."""

    source: ClassVar[str] = (
        "Liang et al. 2020 (LG-FedAvg); Arivazhagan et al. 2019 (FedPer); Collins et al. 2021 (FedRep)"
    )
    name: Literal["private_first"] = "private_first"
    role: ClassVar[Role] = "own"

    @property
    def keeps_state(self) -> bool:
        """A client keeps its layer."""
        return True
