"""How an error at a network's output arrives at its first layer: the backward map of dense layers with ReLU.

With r the loss's gradient at the logits, layer l's weights W_l and gates g_l (1 where a ReLU lets through, or the
expectation of it), the error at the first layer is M^T r with M = W_L diag(g_(L-1)) ... W_2 diag(g_1). Softmax and
cross-entropy give r = p - e_y, whose elements add up to zero.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def backward_map(weights: Sequence[Floats], gates: Sequence[Floats]) -> Floats:
    """M [classes, out of the first layer], from all weights but the first layer's and the hidden layers' gates."""
    *hidden, last = weights
    first, *upper = gates
    errors = last
    for weight, gate in zip(reversed(hidden), reversed(upper), strict=True):
        errors = np.einsum("co,oi->ci", errors * gate, weight)
    return errors * first


def open_gates(weights: Sequence[Floats]) -> list[Floats]:
    """Gates of one: every ReLU is taken for linear."""
    return [np.ones(weight.shape[1]) for weight in weights]


def expected_gates(weights: Sequence[Floats], biases: Sequence[Floats]) -> list[Floats]:
    """The probability that each hidden ReLU lets through, for inputs of mean 0 and standard deviation 1.

    Features are normalised so, per speaker or over the corpus. Layer after layer, a neuron's input is taken for normal
    and the neurons of a layer for uncorrelated, so that means and variances propagate in closed form (moments of the
    rectified normal distribution; Frey and Hinton 1999, doi 10.1162/089976699300016872). Inverted dropout leaves every
    expectation as it is. ``weights`` and ``biases`` are those of the hidden layers, the first included.
    """
    gates: list[Floats] = []
    mean, variance = np.zeros(weights[0].shape[1]), np.ones(weights[0].shape[1])
    for weight, bias in zip(weights, biases, strict=True):
        centre = np.einsum("oi,i->o", weight, mean) + bias
        spread = np.sqrt(np.einsum("oi,i->o", weight**2, variance))
        # A neuron of no spread is open or shut for all inputs.
        at = np.divide(centre, spread, out=np.copysign(np.full_like(centre, 40.0), centre), where=spread > 0)
        gate = np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in at])
        density = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
        mean = centre * gate + spread * density
        variance = np.maximum((centre**2 + spread**2) * gate + centre * spread * density - mean**2, 0)
        gates.append(gate)
    return gates


def output_errors(backward: Floats, arrived: Floats) -> Floats:
    """The zero-sum R [classes, ...] that explains ``arrived`` [out, ...] = M^T R best (least squares, minimum norm).

    pinv(M P)^T with P = I - 1 1^T / classes, by way of the small Gram matrix.
    """
    centred = backward - backward.mean(axis=0)
    gram = np.einsum("co,do->cd", centred, centred)
    # P makes one eigenvalue zero but for rounding.
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    found: Floats = np.einsum("cd,di->ci", inverse, np.einsum("co,oi->ci", centred, arrived))
    return found
