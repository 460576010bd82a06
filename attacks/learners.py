"""The attacks that learn from updates, as one closed union: those that ``permuted`` can wrap."""

from typing import Annotated

from pydantic import Field

from attacks.activations import Activations
from attacks.aggregate import Aggregate
from attacks.bias import Bias
from attacks.centroid import Centroid
from attacks.cnn.attack import Cnn
from attacks.forest import Forest
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.moments import Moments
from attacks.pca import Pca
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.second_moments import SecondMoments
from attacks.set_model import SetModel

Learners = (
    Activations
    | Aggregate
    | Bias
    | Centroid
    | Cnn
    | Forest
    | LeastSquares
    | Logistic
    | Moments
    | Pca
    | PullBack
    | Recovery
    | SecondMoments
    | SetModel
)
LearnerConfig = Annotated[Learners, Field(discriminator="name")]
