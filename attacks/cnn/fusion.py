"""One score from several layers' scores: a weighted mean (Feng et al. 2021, section 4.3)."""

from collections.abc import Mapping

import numpy as np

from attacks.attack import Scores


def fuse(scores: Mapping[str, Scores], weights: Mapping[str, float]) -> Scores:
    """The mean of the layers' softmax scores, each layer with its share of ``weights``.

    The weights follow the size of each layer's update (section 4.3), which the authors' code takes as the number of
    its weights, without biases: .884, .115 and .002 for a 988-256-128-4 model.
    """
    total = sum(weights[layer] for layer in scores)
    fused: Scores = np.sum([scores[layer] * (weights[layer] / total) for layer in scores], axis=0)
    return fused
