"""Which defenses cannot stand in one list, and in which order those must stand that can."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fedser.defenses.objective import Objective

if TYPE_CHECKING:
    from fedser.defenses import DefenseConfig


def impossible(defenses: "Sequence[DefenseConfig]") -> Iterator[str]:
    """Each reason why these defenses cannot be composed."""
    promising = [defense.name for defense in defenses if defense.private]
    if len(promising) > 1:
        yield (
            f"defenses: {' and '.join(promising)} each promise an epsilon, and none counts what the other does;"
            " keep one"
        )
    bounding = [defense.name for defense in defenses if defense.bounds_examples]
    further = [defense.name for defense in defenses if isinstance(defense, Objective)]
    if bounding and further:
        yield (
            f"defenses: {bounding[0]} bounds the gradients of the task's loss by example, and not those of what"
            f" {further[0]} adds to it; keep one"
        )
    drawing = [defense.name for defense in defenses if defense.changes_batches]
    if bounding and drawing:
        yield (
            f"defenses: {bounding[0]} counts on batches in which an utterance stands once, and {drawing[0]} repeats"
            " some; keep one"
        )
    looking = [defense.name for defense in defenses if defense.sees_inputs]
    if bounding and looking:
        yield (
            f"defenses: what {bounding[0]} sends is private of the inputs, and {looking[0]} looks at them once more;"
            " keep one"
        )
    for place, defense in enumerate(defenses):
        after = [later.name for later in defenses[place + 1 :] if later.changes_update]
        if defense.uniform and after:
            yield (
                f"defenses: {' and '.join(after)} after {defense.name} may lengthen an update that it has clipped, and"
                f" its epsilon would not hold; let {defense.name} be the last of these"
            )
