"""What every attack of one run meets: the captured updates, and for the shadows whose they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from attacks.shadow import Shadow, ShadowKind
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError
from fedser.metrics.recall import Floats, Ints
from fedser.updates.store import UpdateStore
from simulations.experiment import Experiment, Role
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores, Pooled
from simulations.stages.prepared import Prepared
from simulations.stages.truth import Owner, owners, values_of


@dataclass(frozen=True)
class Lesson:
    """What an attack learns from, and the updates it then scores: these ``rows`` of the scene's target.

    ``about`` names the private training that all of it is about, and is empty where it is about all.
    """

    shadow: Shadow
    target: UpdateSet
    rows: Ints
    about: str = ""


@dataclass(frozen=True)
class Scene:
    """The updates are read once for all attacks, so that what several of them make of an update is made once."""

    experiment: Experiment
    folder: RunFolder
    prepared: dict[Role, Prepared]
    bars: Bars

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The attribute's values."""
        return values_of(self.experiment.attribute, self.prepared["shadow"])

    @cached_property
    def target(self) -> UpdateSet:
        """Every captured update of the private trainings."""
        return self._updates(self.experiment.trainings_of("private"), "the private trainings")

    def lessons(self, kinds: tuple[ShadowKind, ...], static: bool) -> tuple[Lesson, ...]:
        """One about all private trainings, from the shadow trainings; or one about each of them, where what is aligned
        with it is learned from, alone or beside the shadow trainings.
        """
        if (kinds, static) not in self._known:
            made = self._about_each(kinds, static) if "aligned" in kinds else [self._about_all(static)]
            self._known[kinds, static] = tuple(made)
        return self._known[kinds, static]

    def scored(
        self, attack: str, layer: str, scores: Floats, weights: Floats | None = None, pooled: Pooled | None = None
    ) -> AttackScores:
        """An attack's scores of the target's updates, in their order, and what else it says."""
        rows = [(row.training, row.round, row.client) for row in self.target.rows]
        updates = pd.DataFrame(rows, columns=["training", "round", "client"])
        return AttackScores(attack, layer, updates, scores, weights, pooled)

    @cached_property
    def _known(self) -> dict[tuple[tuple[ShadowKind, ...], bool], tuple[Lesson, ...]]:
        return {}

    @cached_property
    def _stores(self) -> dict[str, UpdateStore]:
        return {}

    def _about_all(self, static: bool) -> Lesson:
        updates = self._updates(self.experiment.trainings_of("shadow", static), "the shadow trainings")
        return Lesson(self._shadow(updates), self.target, np.arange(len(self.target)))

    def _about_each(self, kinds: tuple[ShadowKind, ...], static: bool) -> Iterator[Lesson]:
        trainings = np.array([row.training for row in self.target.rows])
        trained = self.experiment.trainings_of("shadow", static) if "trained" in kinds else []
        for private, aligned in self.experiment.aligned_trainings(static).items():
            rows = np.flatnonzero(trainings == private)
            target = UpdateSet({private: self.target.stores[private]}, self.target.subset(rows).rows)
            shadow = self._shadow(self._updates([*trained, aligned], f"the shadows of {private}"))
            yield Lesson(replace(shadow, aligned=frozenset([aligned])), target, rows, private)

    @cached_property
    def _owners(self) -> dict[str, Owner]:
        return owners(self.experiment.attribute.column, self.prepared["shadow"], self.values)

    def _shadow(self, updates: UpdateSet) -> Shadow:
        known = [self._owners[row.client] for row in updates.rows]
        labels, speakers = tuple(owner.value for owner in known), tuple(owner.speaker for owner in known)
        return Shadow(updates, labels, speakers, self.values, whose=tuple(owner.person for owner in known))

    def _updates(self, trainings: Iterable[str], whose: str) -> UpdateSet:
        updates = UpdateSet.of(self._store(name) for name in trainings)
        if not len(updates):
            raise CaptureError(f"{self.folder.path}: no update of {whose} was captured")
        return updates

    def _store(self, name: str) -> UpdateStore:
        """One for all that read it, since it holds what was made of updates."""
        return self._stores.setdefault(name, UpdateStore(self.folder.updates(name)))
