"""Attacks: what an adversary can do with what it saw. The adversary sees update stores, and nothing of the truth.

This package may import the update stores, the models (a white box), the metrics and the leaves; never corpora,
features, partitions, tasks, engines or defenses. The import graph is the threat model.
"""

from typing import Annotated

from pydantic import Field

from attacks.fusion import Fusion
from attacks.learners import Learners
from attacks.majority import Majority
from attacks.permuted import Permuted

AttackConfig = Annotated[Learners | Fusion | Majority | Permuted, Field(discriminator="name")]
