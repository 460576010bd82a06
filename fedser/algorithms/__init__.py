"""Algorithms: what a client sends in a round, and the server's step."""

from typing import Annotated

from pydantic import Field

from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD

AlgorithmConfig = Annotated[FedSGD | FedAvg, Field(discriminator="name")]
