"""Logistic regression as the classifier of a reduced update."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from attacks.reduced import ReducedAttack
from attacks.selection import Settings
from fedser.seeds import Stream

Penalty = Annotated[float, Field(gt=0)]


class LinearAttack(ReducedAttack):
    """Learns by logistic regression, whose penalty is chosen on shadow speakers."""

    weighs_inputs: ClassVar[bool] = False
    """Whether the last axis of every array that it reads is the model's inputs, so that its weights are theirs."""
    regularisation: tuple[Penalty, ...] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1, 1.0), description="values of C to choose from, by shadow speakers"
    )
    iterations: int = Field(2000, ge=1, description="L-BFGS iterations at most")

    @model_validator(mode="after")
    def _some_penalty(self) -> Self:
        if not self.regularisation:
            raise ValueError("regularisation: no value of C is given")
        return self

    def classifier(self, stream: Stream) -> Any:
        """Logistic regression that starts from where the penalty before has ended."""
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=self.iterations, warm_start=True)

    @property
    def grid(self) -> Sequence[Settings]:
        """Each C, the strongest penalty first."""
        return [{"C": c} for c in sorted(self.regularisation)]
