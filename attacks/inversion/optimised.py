"""Inputs searched for: the batch whose gradient points where the sent one does (Geiping et al. 2020, arXiv 2003.14053).

Minimised is 1 - cos(g(x), g) + lambda mean(z^2), their eq. 4 with another prior: images are smooth, features are
normalised, so that z, in the strangers' deviations from their mean, is a standard normal a priori. By Adam, with their
steps that shrink by ten at 3/8, 5/8 and 7/8; of the restarts the one with the highest cosine is kept.

The search runs without dropout, since the masks of a client are its own secret: then no batch gives the sent gradient
exactly, and the search finds what comes nearest. Measured at a model of RAVDESS (emobase, 988-256-128-4, round 5): one
utterance is found with a cosine of 1.00 without and 0.98 with dropout of 0.2, ten with 0.84 to 0.91 and 0.74 to 0.81.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.inversion.classes import classes_of_batch, mean_predictions
from attacks.inversion.inverter import Inputs, Inverter, Observed, Rebuilt, Strangers
from attacks.knowledge import Knowledge
from fedser.devices import one_thread
from fedser.metrics.recall import Ints
from fedser.seeds import Stream

_DROPS = (3 / 8, 5 / 8, 7 / 8)
_AUDIENCE = 512
"""Strangers' utterances by which a model's predictions are judged, at most."""


class Optimised(Inverter):
    """White box: gradient matching by cosine, classes counted in the last bias's gradient, a normal prior, restarts."""

    source: ClassVar[str] = "Geiping et al. 2020 (arXiv 2003.14053); Zhao et al. 2020; Wainakh et al. 2022 (classes)"
    knowledge: ClassVar[Knowledge] = "broadcast"
    name: Literal["optimised"] = "optimised"
    iterations: int = Field(400, ge=8, description="steps of Adam")
    restarts: int = Field(2, ge=1, description="searches from different draws, of which the best is kept")
    learning_rate: float = Field(0.1, gt=0, description="the first steps' size, in deviations of a feature")
    prior: float = Field(0.03, ge=0, description="lambda: how much it costs that a feature is one deviation off")

    def invert(self, observed: Observed, strangers: Strangers, stream: Stream) -> Rebuilt:
        """As many as the batch has, whether found or not."""
        with one_thread():
            y = self._classes(observed, strangers, stream)
            return Rebuilt(self._search(observed, strangers, y, stream), y)

    def _classes(self, observed: Observed, strangers: Strangers, stream: Stream) -> Ints:
        from attacks.membership.white_box import WhiteBox

        number = min(_AUDIENCE, len(strangers.y))
        some = stream("audience").numpy().choice(len(strangers.y), number, replace=False)
        said = WhiteBox(observed.public).probabilities(observed.broadcast, strangers.x[some])
        predicted = mean_predictions(said, strangers.y[some])
        return classes_of_batch(observed.last_bias, predicted, observed.update.examples)

    def _search(self, observed: Observed, strangers: Strangers, y: Ints, stream: Stream) -> Inputs:
        import torch

        from attacks.inversion.matching import Matching
        from attacks.membership.white_box import WhiteBox

        matching = Matching(WhiteBox(observed.public).at(observed.broadcast), observed.update.arrays)
        centre, scale = (torch.from_numpy(each.astype(np.float32)) for each in (strangers.mean, strangers.deviation))
        shape = (self.restarts, len(y), len(centre))
        z = torch.randn(shape, generator=stream("start").torch()).requires_grad_()
        adam = torch.optim.Adam([z], lr=self.learning_rate)
        drops = [int(part * self.iterations) for part in _DROPS]
        schedule = torch.optim.lr_scheduler.MultiStepLR(adam, drops)
        classes = torch.from_numpy(y)
        for _ in range(self.iterations):
            # Restarts share nothing: the sum's gradient is each one's own.
            loss = 1 - matching.cosine(centre + scale * z, classes) + self.prior * z.square().mean(dim=(1, 2))
            (z.grad,) = torch.autograd.grad(loss.sum(), z)
            adam.step()
            schedule.step()
        found = (centre + scale * z).detach()
        best = int(matching.cosine(found, classes).argmax())
        x: Inputs = found[best].numpy()
        return x
