"""Which of a round's clients are trained together: runs of whole blocks, so that a run's blocks can be summed there."""

from fedser.algorithms.average import blocks, cut
from fedser.updates.update import PART


def runs(clients: int, nodes: int) -> list[range]:
    """The places of ``clients`` sorted clients, cut into runs of nearly equal length, at most PART long.

    As many for each node, if there are blocks enough: one where no node gets more than PART clients.
    """
    whole = blocks(clients)
    number = min(len(whole), nodes * -(-clients // (nodes * PART)))
    while max(map(len, made := _joined(whole, number))) > PART:
        number = min(len(whole), number + nodes)
    return made


def _joined(whole: list[range], number: int) -> list[range]:
    return [range(whole[run.start].start, whole[run.stop - 1].stop) for run in cut(len(whole), number)]
