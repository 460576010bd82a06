"""The single inputs of a small batch, from a gradient in which they are summed.

[grad W_1, grad b_1] = D [X, 1] with one column of D [out, n] and one row of X [n, in] for each of n utterances (Phong
et al. 2018, section III). Where n is far below ``out``, any D' = D Q^-1 explains the gradient as well, but a ReLU that
is shut (or dropped out) for an utterance is an exact zero of D, and only the true columns have many of them: SPEAR
(Dimitrov et al. 2024, arXiv 2403.03945, sections 3-4). They are sought here not by sampling sets of neurons, whose
number grows exponentially with n, but as sparse vectors of the column space: from each row of an orthonormal basis
(Spielman, Wang and Wright 2012, arXiv 1206.5882), by iteratively reweighted least squares (Chartrand and Yin 2008).
"""

from typing import Any, NamedTuple

import numpy as np

from fedser.updates.reductions.backward import Floats

ZERO = 1e-2
"""Below this, an element of a column whose root mean square is one counts as zero."""

_STARTS = 256
"""Rows of the basis from which a sparse column is sought, at most."""
_ITERATIONS, _SHRINKS = 60, 0.9
"""Rounds of reweighting, and the factor by which what counts as small shrinks in each, from 0.3 down to ZERO / 10."""
_MERGED, _SAME = 8, 1e-6
"""After so many rounds each, of directions whose cosines are this near to one only the first goes on."""
_APART = 0.15
"""A column counts as new when this much of its direction is not in the span of those that were chosen before."""
_ABOVE_NOISE = 3
"""A singular value counts when it is this often the first that n utterances cannot explain (rounding at capture)."""


class Recovered(NamedTuple):
    """What is taken for utterances: their errors [out, n] and inputs [n, in], in no order; some may be mixtures."""

    errors: Floats
    inputs: Floats


def recover(weight: Floats, bias: Floats, utterances: int) -> Recovered:
    """Take the gradient of a dense layer, weight [out, in] and bias [out], apart into ``utterances`` errors and inputs.

    Fewer are given where the gradient's rank is lower, or where rounding hides those whose error is small. A batch that
    is not far below ``out`` in number gives mixtures, and one that is not below it gives nothing.
    """
    scale = np.sqrt(weight.shape[1])  # the column of ones is as long as an input whose elements are about one
    basis, rest = _decompose(np.column_stack([weight, scale * bias]), utterances)
    chosen = _independent(basis, _sparse(basis)) if basis.size else np.empty((0, 0))
    if not len(chosen):
        return Recovered(np.empty((len(bias), 0)), np.empty((0, weight.shape[1])))
    rows = np.linalg.lstsq(chosen.T, rest)[0]
    columns = basis @ chosen.T
    ones = rows[:, -1] / scale
    told = np.abs(ones) > 1e-9 * np.linalg.norm(rows, axis=1)  # without a bias an input's size is not known
    errors = np.where(np.abs(columns) < ZERO, 0.0, columns)[:, told] * ones[told]
    return Recovered(errors, rows[told, :-1] / ones[told, None])


def _decompose(matrix: Floats, utterances: int) -> tuple[Floats, Floats]:
    """A basis [out, rank] of the column space, each vector's root mean square one, and the rest [rank, in + 1].

    By way of the small square [out, out], whose rounding (1e-8 of the largest singular value) lies below the noise.
    """
    squares, left = np.linalg.eigh(matrix @ matrix.T)
    values, left = np.sqrt(np.maximum(squares, 0))[::-1], left[:, ::-1]
    if utterances >= min(matrix.shape):
        return np.empty((len(matrix), 0)), np.empty((0, matrix.shape[1]))
    noise = max(_ABOVE_NOISE * values[utterances], 1e-6 * values[0])
    rank, size = int((values[:utterances] > noise).sum()), np.sqrt(len(matrix))
    return left[:, :rank] * size, left[:, :rank].T @ matrix / size


def _sparse(basis: Floats) -> Floats:
    """Directions [found, rank] whose columns basis . direction have many zeros."""
    outputs, rank = basis.shape
    found: Floats = basis[:: -(-outputs // _STARTS)]
    found = _unit(found[np.linalg.norm(found, axis=1) > 0])
    rows, columns = np.triu_indices(rank)
    products = basis[:, rows] * basis[:, columns]
    small = 0.3
    for iteration in range(1, _ITERATIONS + 1):
        weights = 1 / ((basis @ found.T) ** 2 + small**2)
        # One step of inverse iteration towards the smallest weighted sum of squares.
        weighted = np.empty((len(found), rank, rank))
        weighted[:, rows, columns] = weighted[:, columns, rows] = weights.T @ products
        found = _unit(np.linalg.solve(weighted, found[:, :, None])[:, :, 0])
        small = max(_SHRINKS * small, ZERO / 10)
        if iteration % _MERGED == 0:
            found = _distinct(found)
    return found


def _distinct(directions: Floats) -> Floats:
    """Without those that point along an earlier one, to either side."""
    same = np.abs(directions @ directions.T) > 1 - _SAME
    distinct: Floats = directions[same.argmax(axis=1) == np.arange(len(directions))]
    return distinct


def _independent(basis: Floats, directions: Floats) -> Floats:
    """As many directions as the rank, or fewer: the one with the most zeros first, then the next that is apart."""
    zeros = (np.abs(basis @ directions.T) < ZERO).sum(axis=0)
    chosen: list[Floats] = []
    span = np.empty((0, basis.shape[1]))
    for direction in directions[np.argsort(-zeros, kind="stable")]:
        apart = direction - span.T @ (span @ direction)
        if np.linalg.norm(apart) > _APART:
            chosen.append(direction)
            span = np.vstack([span, apart / np.linalg.norm(apart)])
        if len(chosen) == basis.shape[1]:
            break
    return np.array(chosen)


def _unit(rows: Any) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
