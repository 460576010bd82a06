"""A small network on frozen vectors: what training has hidden from a line, and not taken away.

Elazar & Goldberg 2018 ("Adversarial removal of demographic attributes from text data") found that what an adversary
within the training no longer finds, a network that learns afterwards on the frozen vectors often does.
"""

import warnings
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from attacks.attack import silent
from attacks.labelled import Rows
from attacks.taught import Learned, taught
from fedser.seeds import Stream
from simulations.readers.reader import Reader
from simulations.true_inputs import Array

_BATCH, _RATE = 64, 0.005  # so that what few speakers say is learned within the passes, too
Penalty = Annotated[float, Field(gt=0)]


class NetworkReader(Reader):
    """A network of one hidden layer, ReLU and Adam, with an L2 penalty."""

    source: ClassVar[str] = "Elazar & Goldberg 2018 (a network that learns after the training)"
    name: Literal["mlp"] = "mlp"
    hidden: int = Field(64, ge=1, description="width of the hidden layer")
    passes: int = Field(30, ge=1, description="over what is learned from")
    penalties: tuple[Penalty, ...] = Field(
        (10.0, 0.1), min_length=1, description="L2 penalties to choose from, by speakers"
    )

    def learn(self, x: Array, known: Rows, stream: Stream) -> Learned:
        """As many passes as are given, whether the loss still falls or not."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        seed = stream("classifier").integer() % 2**32  # all that scikit-learn takes
        model = MLPClassifier(
            (self.hidden,),
            batch_size=_BATCH,
            learning_rate_init=_RATE,
            max_iter=self.passes,
            n_iter_no_change=self.passes,
            random_state=seed,
        )
        grid = [{"alpha": penalty} for penalty in sorted(self.penalties, reverse=True)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", "Got `batch_size`", UserWarning)  # of fewer rows, all are one batch
            return taught(model, grid, self.folds, x, known, stream, silent)
