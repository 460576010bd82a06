"""The attacks that learn from updates, as one closed union: those that ``permuted`` can wrap."""

from typing import Annotated

from pydantic import Field

from attacks.cnn.attack import Cnn
from attacks.logistic import Logistic

Learners = Cnn | Logistic
LearnerConfig = Annotated[Learners, Field(discriminator="name")]
