"""What every attack is: learned from labelled shadow updates, then a score of each class for each target update."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from attacks.averages import Group, averages
from attacks.knowledge import Knowledge, grants
from attacks.shadow import Shadow, ShadowKind
from attacks.staged import Staged
from attacks.update_set import UpdateSet, refuse_other_architecture
from fedser.config import Plugin
from fedser.errors import ConfigError, InputError
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import Sends

Scores = np.ndarray[Any, np.dtype[np.float64]]
"""Class scores [updates, classes]: not negative, each row sums to one."""

Shapes = Mapping[str, tuple[int, ...]]
"""Each parameter's name and shape, input side first, as in PublicParameters."""

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, total) as work goes on."""


def silent(what: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""


@dataclass(frozen=True)
class FittedAttack(ABC):
    """An attack that has learned; ``shadow`` are the public parameters of what it learned from."""

    shadow: PublicParameters

    @final
    def scores(self, target: UpdateSet, progress: Progress = silent) -> dict[str, Scores]:
        """By layer (or ``fused``, ``all``), the score of each class for each target update, in the order of its rows.

        Raises InputError when there is no update, or when the target's architecture, or what its clients send, is not
        the shadows'.
        """
        if not len(target):
            raise InputError(f"training {target.public.training}: no captured update to attack")
        refuse_other_architecture(self.shadow, target.public, f"training {target.public.training}")
        return self._scores(target, progress)

    @final
    def group_scores(
        self, target: UpdateSet, groups: Sequence[Group], progress: Progress = silent
    ) -> dict[str, Scores]:
        """By layer, one score of each class for each group of a client's updates, [groups, values].

        By default those of the group's mean update: see ``pooling``. Raises as ``scores`` does, and CaptureError where
        whole updates are wanted and were not captured.
        """
        refuse_other_architecture(self.shadow, target.public, f"training {target.public.training}")
        return self._group_scores(target, groups, progress)

    @property
    def pooling(self) -> str:
        """How it puts several updates together when it is asked about a group of them."""
        return "updates"

    @property
    def stages(self) -> Mapping[str, Staged]:
        """By layer, what its log-scores are worth at each stage of a training, where shadow data said so."""
        return {}

    def weights(self, target: UpdateSet) -> dict[str, Floats]:
        """By layer, what its log-scores of each target update are worth, [updates]; without layers of which it is not
        known.
        """
        return {layer: staged.at(target.rounds)[:, 0] for layer, staged in self.stages.items()}

    @abstractmethod
    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]: ...

    def _group_scores(self, target: UpdateSet, groups: Sequence[Group], progress: Progress) -> dict[str, Scores]:
        return self._scores(averages(target, groups), progress)


class Attack(Plugin):
    """An adversary's method. It sees update stores and, of its own shadows, speakers and their attribute."""

    knowledge: ClassVar[Knowledge | None] = None
    """What it needs where clients send gradients; None: what the attacks that it is made of need, else everything."""
    knowledge_of_models: ClassVar[Knowledge] = "broadcast"
    """What it needs besides where clients send models, since a step is a difference; not where it needs nothing."""
    members_choose: ClassVar[bool] = False
    """Whether the attacks that it is made of say themselves what they learn from."""
    name: str
    shadow: Literal[ShadowKind, "both"] = Field(
        "trained",
        description="learn from shadow trainings, or from shadow updates aligned with the private training's own"
        " models; both are two attacks",
    )

    @model_validator(mode="after")
    def _one_shadow_for_all(self) -> Self:
        for field, wrapped in self._wrapped():
            if wrapped.shadow != "trained" and not (self.members_choose and self.shadow == "trained"):
                raise ValueError(
                    f"{field}.shadow: {wrapped.shadow}, but {self.name} decides what {wrapped.name} learns from:"
                    f" give shadow to {self.name}"
                )
        return self

    def _wrapped(self) -> "Iterator[tuple[str, Attack]]":
        """The attacks that this one is made of, each with the key where it is given."""
        for field in type(self).model_fields:
            value = getattr(self, field)
            for place, one in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
                if isinstance(one, Attack):
                    yield (field if place is None else f"{field}.{place}"), one

    @final
    @property
    def shadows(self) -> tuple[ShadowKind, ...]:
        """The kinds of shadow updates that it learns from: each by itself, or where it is ``mixed``, all at once."""
        return ("trained", "aligned") if self.shadow == "both" or self.mixed else (self.shadow,)

    @final
    @property
    def mixed(self) -> bool:
        """Whether it learns from both kinds of shadow updates in one."""
        return any(one.mixed or one.shadow != "trained" for _, one in self._wrapped())

    @final
    def lessons(self) -> "tuple[Self, ...]":
        """The attack once for each kind of shadow that it learns from by itself, which is then its only one."""
        if self.mixed:
            return (self,)
        return tuple(self.model_copy(update={"shadow": kind}) for kind in self.shadows)

    @final
    def needs_to_know(self, sends: Sends) -> frozenset[Knowledge]:
        """What its adversary must know, where clients send such a thing; all of it."""
        parts = frozenset[Knowledge]().union(*(one.needs_to_know(sends) for _, one in self._wrapped()))
        needed = frozenset([self.knowledge]) if self.knowledge else parts or frozenset[Knowledge](["hyper_parameters"])
        if self.knowledge not in (None, "nothing") and sends == "parameters":
            needed |= {self.knowledge_of_models}
        # Shadow clients are asked at the private training's own models.
        return needed | {"broadcast"} if "aligned" in self.shadows else needed

    @final
    @property
    def reads_single_updates(self) -> bool:
        """Whether it says nothing without updates by themselves: of less, sums of updates are not enough for it."""
        if self.knowledge is not None:
            return grants(self.knowledge, "updates")
        parts = [one.reads_single_updates for _, one in self._wrapped()]
        return any(parts) or not parts

    @abstractmethod
    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """The layers it reads; raises ConfigError when it cannot be used on such an architecture."""

    @abstractmethod
    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...] | None:
        """What it makes of each update and is all that it reads of it; None where it reads whole updates.

        With these, the result is the same whether whole updates were captured (in float32) or what is made of them.
        Raises ConfigError as ``needs`` does.
        """

    @final
    def check(self, parameters: Shapes, captured: tuple[str, ...] | Literal["all"]) -> None:
        """Raise ConfigError when this architecture, or what is captured of it, does not do; needs no update yet."""
        needed = self.needs(parameters)
        missing = [] if captured == "all" else [layer for layer in needed if layer not in captured]
        if missing:
            raise ConfigError(
                f"attack {self.name}: reads {', '.join(needed)}, but capture.layers leaves out {', '.join(missing)}"
                f" (captured: {', '.join(captured) or 'none'})"
            )

    @final
    def check_reduced(self, parameters: Shapes, captured: Collection[ReductionConfig]) -> None:
        """Raise ConfigError when such reductions, captured in place of updates, do not do; needs no update yet."""
        reads = self.reductions(parameters)
        missing = None if reads is None else [one.key for one in reads if one not in captured]
        if missing is None or missing:
            raise ConfigError(
                f"attack {self.name}: reads {', '.join(missing or ['whole updates'])}, but capture.store: reductions"
                f" keeps only {', '.join(one.key for one in captured)}; store updates, or leave it out"
            )

    @final
    def fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress = silent) -> FittedAttack:
        """Learn from labelled shadow updates.

        ``stream`` is the only source of chance; ``workdir`` keeps what a killed fit goes on from.
        Raises ConfigError as ``check`` does, and ``check_reduced`` where reductions were captured.
        """
        for store in shadow.updates.stores.values():
            if store.reductions:
                self.check_reduced(store.public.parameters, store.reductions)
            else:
                self.check(store.public.parameters, store.layers)
        return self._fit(shadow, stream, workdir, progress)

    @abstractmethod
    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> FittedAttack: ...
