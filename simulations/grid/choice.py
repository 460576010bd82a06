"""Choosing cells of a grid: ``--cells axis=label,axis=label``, and what a grid's ``leave_out`` names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from fedser.config.messages import suggest
from fedser.errors import ConfigError, Problems

Axes = Mapping[str, Sequence[str]]
"""Each axis with its labels, both in the order of the file."""

Labels = Mapping[str, str]
"""One label of each axis."""


@dataclass(frozen=True)
class Choice:
    """Patterns of labels (``emodb``, ``emo*``) by axis; an axis that is not named may have any."""

    wanted: Mapping[str, Sequence[str]]

    def takes(self, labels: Labels) -> bool:
        """Whether a cell of these labels is meant."""
        return all(any(fnmatchcase(labels[axis], each) for each in ways) for axis, ways in self.wanted.items())

    def mistakes(self, axes: Axes) -> Iterable[str]:
        """Every axis that there is not, and every pattern that no label of its axis fits."""
        for axis, patterns in self.wanted.items():
            if axis not in axes:
                yield f"unknown axis '{axis}'" + suggest(axis, axes)
                continue
            for pattern in patterns:
                if not any(fnmatchcase(label, pattern) for label in axes[axis]):
                    yield f"axis {axis} has no label '{pattern}'" + suggest(pattern, axes[axis])


def read_choices(flags: Iterable[str], axes: Axes) -> list[Choice]:
    """The choices of ``--cells``, one for each time it is given; raises ConfigError with every mistake."""
    problems, choices = Problems(), []
    for flag in flags:
        with problems.collect(ConfigError):
            choice = _read(flag)
            problems.extend(f"--cells {flag}: {mistake}" for mistake in choice.mistakes(axes))
            choices.append(choice)
    problems.raise_if_any(ConfigError)
    return choices


def _read(flag: str) -> Choice:
    """``private=a,b,algorithm=c``: what has no ``=`` is one more label of the axis before it."""
    wanted: dict[str, list[str]] = {}
    for part in flag.split(","):
        axis, sign, label = (word.strip() for word in part.rpartition("="))
        if not label or not (sign or wanted) or (sign and (not axis or axis in wanted)):
            raise ConfigError(f"--cells {flag}: write each axis once, as in --cells axis=label,label,axis=label")
        wanted.setdefault(axis if sign else next(reversed(wanted)), []).append(label)
    return Choice(wanted)
