"""Logistic regression on the class-conditional mean inputs that the broadcast model pulls back out of the gradient."""

from typing import ClassVar, Literal

from pydantic import Field

from attacks.attack import Shapes
from attacks.dense import dense_layers
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from fedser.updates.reductions import PullBack as Reduction
from fedser.updates.reductions.pull_back import Map, Trajectory


class PullBack(LinearAttack):
    """White box: logistic regression on the directions of each class's mean input.

    Measured on RAVDESS (emobase, shadows EmoDB and ASED, 100 rounds): gender UAR per update where features are
    normalised per speaker, 0.76 by FedSGD and 0.71 by FedAvg with Adam (true mean inputs: 0.89); and 0.61 and 0.52
    where they are normalised over the corpus, since each class's row is then a difference of means.
    """

    source: ClassVar[str] = "Phong et al. 2018, sec. III, inverted with the broadcast model's weights"
    knowledge: ClassVar[Knowledge] = "broadcast"
    weighs_inputs: ClassVar[bool] = True
    name: Literal["pull_back"] = "pull_back"
    map: Map = Field("gated", description="the backward map: linearised, or gated as often as is to be expected")

    trajectory: Trajectory = Field(
        "start", description="where local steps of FedAvg are taken to be: at the broadcast model, or between both ends"
    )

    def reduction(self, parameters: Shapes) -> Reduction:
        """By way of all layers, which must be dense."""
        return Reduction(layers=dense_layers(parameters, self.name), map=self.map, trajectory=self.trajectory)
