"""Aligned shadows as planned: what shadow clients would send at the very models that a private training has broadcast.

A server knows those models, and need not train shadow models of its own, whose neurons lie in another order. The
clients are those of the shadow corpora, and do all that a private client does, defenses included; but each is asked at
one model after another without a training in between, and so has kept nothing: a defense that has clients keep
something, such as ``top_k``, acts as in their first round. Shadow trainings show such a defense as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from fedser.algorithms.average import cut
from fedser.artifacts.files import file_hash
from fedser.artifacts.manifest import begin_stage, forget_other, is_complete, key_in, stage_key
from fedser.engine import EngineConfig
from fedser.engine.cohort import cost
from fedser.engine.data import TrainingData
from fedser.engine.loop import Wanted
from fedser.engine.simulation import Simulation
from fedser.pool import tell
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from simulations.checks import aligned_reductions
from simulations.experiment import Experiment
from simulations.run_folder import RunFolder
from simulations.stages.attacker import attackers_stream
from simulations.stages.prepared import Prepared
from simulations.stages.sharing import NOTHING_SHARED, Made, Shared
from simulations.stages.simulate import public_parameters


@dataclass(frozen=True)
class Asked:
    """So many ``clients`` of ``data`` at each of the models that ``models`` holds of these ``rounds``."""

    place: int
    engine: EngineConfig
    simulation: Simulation
    data: TrainingData
    models: Path
    store: StoreWriter
    clients: int
    rounds: tuple[int, ...]

    def wanted(self) -> Iterator[Wanted]:
        """Each round in turn; tells ``place`` after each."""
        names, models = self.data.open().clients, UpdateStore(self.models)
        for number in self.rounds:
            yield Wanted(number, models.broadcast(number), self.simulation.sampled(names, number, self.clients))
            tell(self.place)


@dataclass(frozen=True)
class Alignment:
    """The shadow updates at the models of one private training; they are a store like that of a training."""

    experiment: Experiment
    folder: RunFolder
    shadow: Prepared
    private: str
    name: str
    static: bool = False

    @property
    def place(self) -> Path:
        """Its folder."""
        return self.folder.training(self.name)

    @cached_property
    def simulation(self) -> Simulation:
        """What the shadow clients do: what the private ones do, from the attacker's own randomness; without their
        defenses for an adversary who does not know of these.
        """
        own = attackers_stream(self.experiment, "aligned shadows").seed
        return self.experiment.simulation(self.name, self.static).model_copy(update={"seed": own})

    @cached_property
    def store(self) -> StoreWriter:
        """What keeps the updates: whole ones only where an attack reads these."""
        public = public_parameters(self.simulation, int(self.shadow.everyone.open().x.shape[1]))
        reductions, capture = aligned_reductions(self.experiment, public.parameters), self.experiment.capture
        if reductions:
            capture = Capture(store="reductions", every=capture.every)
        return StoreWriter(self.folder.updates(self.name), public, capture, reductions)

    @property
    def rounds(self) -> list[int]:
        """The rounds whose models are asked at."""
        return self.experiment.aligned.rounds(self.experiment.capture, self.experiment.rounds)

    @cached_property
    def clients(self) -> int:
        """How many clients are asked at each."""
        return self.experiment.aligned.count(self.experiment.algorithm, len(self.shadow.clients))

    @property
    def seconds(self) -> float:
        """An estimate of its work on one core."""
        each = cost.client_seconds(self.simulation, self.shadow.everyone.open())
        return len(self.rounds) * self.clients * each

    @cached_property
    def config(self) -> dict[str, Any]:
        """What its result follows from, but for its data and the models."""
        kept = {"reductions": [one.model_dump(mode="json") for one in self.store.reductions]}
        asked = {"clients": self.clients, "every": self.experiment.aligned.every}
        capture = self.store.capture.model_dump(mode="json") | kept
        altered = dict(self.experiment.engine.alters)
        return self.simulation.model_dump(mode="json") | {"asked": asked, "capture": capture, "engine": altered}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Hashes of its data, and the training whose models these are."""
        digest = self.shadow.clients.digest()
        training = key_in(self.folder.training(self.private))
        return {"features": key_in(self.folder.features), "partition": digest, self.private: training}

    @cached_property
    def made(self) -> Made:
        """What it makes, so that another run's can stand in its place. Who ends alike has broadcast alike."""
        return Made("aligned", self.config, self.inputs, self.experiment.seed, self._content)

    def _content(self) -> dict[str, str]:
        models = file_hash(self.folder.state(self.private))
        known = self.shadow.known_content(self.simulation)
        return self.shadow.content | known | {"partition": self.inputs["partition"], "models": models}

    def is_left(self, shared: Shared = NOTHING_SHARED) -> bool:
        """Whether it still is to be made; forgets what another has left in its place."""
        key = stage_key(self.config, self.inputs)
        if is_complete(self.place, key) or shared.take(self.place, self.made):
            return False
        forget_other(self.place, key)
        return True

    def begin(self) -> Callable[[], None]:
        """Write its manifest; what is returned writes its end."""
        self.store.begin()
        return begin_stage(self.place, "aligned", self.config, self.inputs, self.experiment.seed)

    def missing(self) -> list[int]:
        """The rounds that are not yet there."""
        there = set(UpdateStore(self.store.folder).rounds)
        return [number for number in self.rounds if number not in there]

    def asked(self, place: int, pieces: int) -> Iterator[Asked]:
        """The missing rounds in so many pieces of work, or in fewer where there are fewer rounds."""
        rounds, engine, models = self.missing(), self.experiment.engine, self.folder.updates(self.private).absolute()
        store = replace(self.store, folder=self.store.folder.absolute())
        data = self.shadow.known(self.shadow.everyone, self.simulation)
        whole = Asked(place, engine, self.simulation, data.absolute(), models, store, self.clients, tuple(rounds))
        for run in filter(len, cut(len(rounds), pieces)):
            yield replace(whole, rounds=whole.rounds[run.start : run.stop])
