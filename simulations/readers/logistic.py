"""Logistic regression on frozen vectors, as the oracle reads inputs: what is there in a form that a line divides."""

from typing import ClassVar, Literal

from pydantic import Field

from attacks.attack import silent
from attacks.labelled import Rows
from attacks.linear import Penalty
from attacks.logistic import Logistic
from attacks.taught import Learned
from fedser.seeds import Stream
from simulations.readers.reader import Reader
from simulations.true_inputs import Array


class LogisticReader(Reader):
    """Logistic regression with an L2 penalty."""

    source: ClassVar[str] = "linear probes: Alain & Bengio 2016 (arXiv 1610.01644)"
    name: Literal["logistic"] = "logistic"
    regularisation: tuple[Penalty, ...] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1, 1.0), min_length=1, description="values of C to choose from, by speakers"
    )

    def learn(self, x: Array, known: Rows, stream: Stream) -> Learned:
        """Each vector's numbers scaled, each value and within it each person counting alike."""
        teacher = Logistic(regularisation=self.regularisation, folds=self.folds)
        return teacher.learn(x, known, stream, silent)
