"""Labels at the ends of lines, moved apart just as far as they would overlap."""

from collections.abc import Sequence


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Places nearest to ``places`` (least squares), in the same order, with at least ``gap`` between neighbours.

    Pool-adjacent-violators on places minus their rank's share of gaps: neighbours that would overlap form a block
    that keeps their mean.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    blocks: list[tuple[float, int]] = []  # mean and number of members
    for rank, index in enumerate(order):
        blocks.append((places[index] - rank * gap, 1))
        while len(blocks) > 1 and blocks[-1][0] < blocks[-2][0]:
            (mean, size), (before, more) = blocks.pop(), blocks.pop()
            blocks.append(((mean * size + before * more) / (size + more), size + more))
    level = [mean for mean, size in blocks for _ in range(size)]
    moved = [0.0] * len(places)
    for rank, index in enumerate(order):
        moved[index] = level[rank] + rank * gap
    return moved
