"""Defenses: what clients do, each by itself or together, so that the server sees less of them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from fedser.defenses.balance import Balance
from fedser.defenses.bottleneck import Bottleneck
from fedser.defenses.clip import Clip
from fedser.defenses.dp_fedavg import DPFedAvg
from fedser.defenses.dp_sgd import DPSGD
from fedser.defenses.dropout import Dropout
from fedser.defenses.freeze_first import FreezeFirst
from fedser.defenses.local_aggregation import LocalAggregation
from fedser.defenses.noise import Noise
from fedser.defenses.private_first import PrivateFirst
from fedser.defenses.prune import Prune
from fedser.defenses.quantise import Quantise
from fedser.defenses.random_first import RandomFirst
from fedser.defenses.secure_aggregation import SecureAggregation
from fedser.defenses.sign import Sign
from fedser.defenses.soteria import Soteria
from fedser.defenses.top_k import TopK
from fedser.defenses.unlearning import Unlearning
from fedser.defenses.user_dp import UserDP

DefenseConfig = Annotated[
    Dropout
    | Clip
    | Noise
    | Sign
    | Quantise
    | Prune
    | TopK
    | Soteria
    | FreezeFirst
    | PrivateFirst
    | RandomFirst
    | LocalAggregation
    | SecureAggregation
    | Unlearning
    | Bottleneck
    | Balance
    | UserDP
    | DPFedAvg
    | DPSGD,
    Field(discriminator="name"),
]


def grouping(defenses: Iterable[DefenseConfig]) -> DefenseConfig | None:
    """The first by which the server sees groups of clients; None where it sees each client's own update."""
    return next((defense for defense in defenses if defense.changes_cohort), None)
