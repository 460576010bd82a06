"""What a linear attack says of the model's inputs: how much each weighs, and what some of them alone give away.

Weights are of numbers scaled over the shadow updates, and so compare. Correlated inputs share
one weight, or cancel noise in each other (Haufe et al. 2014, "On the interpretation of weight vectors of linear models
in multivariate neuroimaging"), so that a small weight does not say that an input tells nothing, nor a large one that it
tells much; what the attack learns from it alone does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from attacks.attack import Progress, Scores
from attacks.linear import LinearAttack
from attacks.reduced import FittedReduced
from attacks.reduced_matrix import Matrix, reduced_matrix
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream


@dataclass(frozen=True)
class InputWeights:
    """What each input [inputs] weighs.

    ``weight`` is the sum, over the attribute's values and the numbers of that input, of the magnitudes of the weights
    in the scaled space; ``contribution`` the same, each times the spread (standard deviation) of that number over the
    target updates.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("weight", "contribution")
    weight: Floats
    contribution: Floats

    @classmethod
    def of(cls, fitted: FittedReduced, target: UpdateSet, progress: Progress) -> Self:
        """Of a fitted linear attack on numbers of inputs (see ``LinearAttack.weighs_inputs``), on its target."""
        sizes = np.abs(fitted.learned.model.coef_).sum(axis=0)  # [numbers]; of two values, one row says both
        scaled = fitted.learned.scaler.transform(reduced_matrix(target, fitted.reduction, progress))
        count = inputs_of(fitted)
        return cls(_by_input(sizes, count), _by_input(sizes * scaled.std(axis=0, dtype=np.float64), count))


def scores_alone(
    attack: LinearAttack,
    fitted: FittedReduced,
    shadow: Shadow,
    target: UpdateSet,
    groups: Mapping[str, Ints],
    stream: Stream,
    progress: Progress,
) -> dict[str, Scores]:
    """By group of inputs (their places), the target's scores of the attack that learned from these alone.

    With the ``stream`` that ``fitted`` had, all are taught with the same shadow speakers held out.
    """
    taught, asked = (reduced_matrix(updates, fitted.reduction, progress) for updates in (shadow.updates, target))
    count, found = inputs_of(fitted), {}
    for number, (name, inputs) in enumerate(groups.items(), 1):
        learned = attack.learn(_only(taught, inputs, count), shadow, stream, lambda *_: None)
        found[name] = learned(_only(asked, inputs, count))
        progress("groups of inputs alone", number, len(groups))
    return found


def inputs_of(fitted: FittedReduced) -> int:
    """How many inputs there are: the last axis of every array that the numbers are made of."""
    (count,) = {shape[-1] for shape in fitted.reduction.shapes(fitted.shadow.parameters).values()}
    return count


def _by_input(numbers: Floats, count: int) -> Floats:
    """The sum over all arrays, which lie one after the other, and all their rows."""
    summed: Floats = numbers.reshape(-1, count).sum(axis=0)
    return summed


def _only(x: Matrix, inputs: Ints, count: int) -> Matrix:
    """The numbers [updates, numbers] of those inputs."""
    return x.reshape(len(x), -1, count)[:, :, inputs].reshape(len(x), -1)
