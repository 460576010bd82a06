"""Max-pools that fit the matrix of a layer: the authors' for the paper's layers, and the same rule for any other."""

from math import prod

from attacks.attack import Shapes
from attacks.cnn.settings import Pool
from fedser.updates.update import model_layers

Shape = tuple[int, int]
Pools = tuple[Pool | None, ...]

WIDE: Pools = (Pool.square(2), Pool.square(4), Pool.square(8))
NARROW: Pools = (Pool.square(2), Pool.square(4), Pool.square(6))
HIDDEN: Pools = (Pool.square(2), Pool.square(4), Pool.square(4))
LAST: Pools = (None, Pool(kernel=(2, 2), stride=(1, 4)), Pool(kernel=(2, 2), stride=(1, 4)))


def default_pools(layer: str, parameters: Shapes, stages: int) -> Pools:
    """Pools for the ``stages`` convolutions on ``layer``, by its place in the model and its input width.

    The first layer: 2, 4, 8 above 512 inputs (988 and 768 in the paper) and 2, 4, 6 up to 512; the last: none, then
    twice 2 with stride (1, 4); all others: 2, 4, 4. Further stages have none. A pool larger than the map it meets is
    cut to the map, side by side, so that no map is ever empty.
    """
    layers, shape = model_layers(parameters), matrix(layer, parameters)
    if layer == layers[-1]:
        chosen = LAST
    elif layer == layers[0]:
        chosen = WIDE if shape[1] > 512 else NARROW
    else:
        chosen = HIDDEN
    cut: list[Pool | None] = []
    for pool in (*chosen, *[None] * stages)[:stages]:
        cut.append(pool and Pool(kernel=_smaller(pool.kernel, shape), stride=pool.stride))
        shape = pooled(shape, cut[-1])
    return tuple(cut)


def matrix(layer: str, parameters: Shapes) -> Shape:
    """The shape (outputs, inputs) of a layer's weights; a convolution's inputs are the elements of its patches."""
    outputs, *inputs = parameters[f"{layer}.weight"]
    return outputs, prod(inputs)


def last_map(shape: Shape, pools: Pools) -> Shape:
    """The map after all ``pools``; a side of zero or less says that a pool did not fit."""
    for pool in pools:
        shape = pooled(shape, pool)
        if min(shape) < 1:
            return shape
    return shape


def pooled(shape: Shape, pool: Pool | None) -> Shape:
    """The map after one pool."""
    if pool is None:
        return shape
    rows, columns = (
        (side - kernel) // stride + 1 for side, kernel, stride in zip(shape, pool.kernel, pool.stride, strict=True)
    )
    return rows, columns


def _smaller(kernel: Shape, shape: Shape) -> Shape:
    return min(kernel[0], shape[0]), min(kernel[1], shape[1])
