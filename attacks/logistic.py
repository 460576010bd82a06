"""Logistic regression on each update's mean input: a few hundred numbers that no reordering of neurons changes.

Pseudo-gradients (FedAvg) need no T here: the mean input is the same whatever T eta is.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.mean_input import Matrix, first_mean_input, mean_inputs
from attacks.shadow import Shadow, speaker_weights
from attacks.splits import speaker_folds
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Floats, Ints, recalls
from fedser.seeds import Stream
from fedser.updates.reductions import MeanInput

Penalty = Annotated[float, Field(gt=0)]


class Logistic(Attack):
    """Logistic regression on the mean input that the first dense layer's gradient gives away."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III; Geiping et al. 2020, prop. 3.1"
    name: Literal["logistic"] = "logistic"
    regularisation: tuple[Penalty, ...] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1, 1.0), description="values of C to choose from, by shadow speakers"
    )
    folds: int = Field(5, ge=2, description="speaker-disjoint folds of the shadow data by which C is chosen")
    iterations: int = Field(2000, ge=1, description="L-BFGS iterations at most")

    @model_validator(mode="after")
    def _some_penalty(self) -> Self:
        if not self.regularisation:
            raise ValueError("regularisation: no value of C is given")
        return self

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """The first layer, which must be dense."""
        return (self.reduction(parameters).layer,)

    def reduction(self, parameters: Shapes) -> MeanInput:
        """The mean input of the first layer."""
        return first_mean_input(parameters, self.name)

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedLogistic":
        from sklearn.preprocessing import StandardScaler

        reduction = self.reduction(shadow.updates.public.parameters)
        scaler = StandardScaler()
        x = scaler.fit_transform(mean_inputs(shadow.updates, reduction, progress))
        weights = speaker_weights(shadow.truth, shadow.speakers)
        fold = speaker_folds(shadow, self.folds, stream("folds"))
        uars = self._validate(x, shadow.truth, weights, fold, progress)
        best = sorted(self.regularisation)[int(np.argmax(uars))]  # of equals the first: the strongest penalty
        model = self._model().set_params(C=best).fit(x, shadow.truth, sample_weight=weights)
        return FittedLogistic(shadow.updates.public, reduction, scaler, model)

    def _validate(self, x: Matrix, labels: Ints, weights: Floats, fold: Ints, progress: Progress) -> list[float]:
        """The weighted UAR over all held-out updates for each C, ascending."""
        grid = sorted(self.regularisation)
        predicted = np.empty((len(grid), len(labels)), dtype=np.int64)
        model, folds = self._model(), np.unique(fold)
        for number, held in enumerate(folds):
            train, test = fold != held, fold == held
            taught = x[train]
            for row, c in enumerate(grid):
                model.set_params(C=c).fit(taught, labels[train], sample_weight=weights[train])
                predicted[row, test] = model.predict(x[test])
                progress("choosing C", number * len(grid) + row + 1, len(folds) * len(grid))
        return [_weighted_uar(labels, guess, weights) for guess in predicted]

    def _model(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=self.iterations, warm_start=True)


@dataclass(frozen=True)
class FittedLogistic(FittedAttack):
    """A fitted scaler and classifier of mean inputs."""

    reduction: MeanInput
    scaler: Any
    model: Any

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        x = self.scaler.transform(mean_inputs(target, self.reduction, progress))
        return {self.reduction.layer: self.model.predict_proba(x.astype(np.float64))}


def _weighted_uar(labels: Ints, predicted: Ints, weights: Floats) -> float:
    classes = int(labels.max()) + 1
    counts = np.bincount(labels * classes + predicted, weights=weights, minlength=classes**2)
    return float(np.mean(recalls(counts.reshape(classes, classes))))
