"""One federated training as frozen values: what is trained, by which algorithm, from which seed. Not how."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.algorithms import AlgorithmConfig
from fedser.algorithms.algorithm import Plan
from fedser.config import Frozen
from fedser.defenses import DefenseConfig, grouping
from fedser.defenses.composition import impossible
from fedser.defenses.defense import Groups
from fedser.defenses.objective import Objective
from fedser.defenses.roles import Roles
from fedser.defenses.turns import Schedule, Share
from fedser.engine.selection import Selection
from fedser.models import ModelConfig
from fedser.models.parameters import attach, parameters
from fedser.partition.names import Names
from fedser.seeds import Stream
from fedser.tasks import TaskConfig
from fedser.updates.update import Arrays

if TYPE_CHECKING:
    import torch
    from torch import nn


class Simulation(Frozen):
    """Task x algorithm x defenses x seed; engines turn it, with data, into a result."""

    training: str = Field(description="the training's name, which is part of every stream")
    seed: int
    task: TaskConfig
    model: ModelConfig
    algorithm: AlgorithmConfig
    defenses: tuple[DefenseConfig, ...] = ()
    rounds: int = Field(ge=1)
    selection: Selection = Selection()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _ = self.defended_model  # refuses a defense that the model cannot take
        for decided in dict.fromkeys(defense.decides for defense in self.defenses if defense.decides):
            several = [defense.name for defense in self.defenses if defense.decides == decided]
            if len(several) > 1:
                raise ValueError(f"defenses: {' and '.join(several)} each decide {decided}; keep one")
        further = [defense.name for defense in self.defenses if isinstance(defense, Objective)]
        if len(further) > 1:
            raise ValueError(f"defenses: {' and '.join(further)} each add to what clients minimise; keep one")
        for refusal in impossible(self.defenses):
            raise ValueError(refusal)
        if self.selection.from_round > self.rounds:
            raise ValueError(f"selection.from_round: {self.selection.from_round}, but there are {self.rounds} rounds")
        return self

    @property
    def defended_model(self) -> ModelConfig:
        """The architecture after every defense that acts on the model, in the order given."""
        model = self.model
        for defense in self.defenses:
            model = defense.on_model(model)
        return model

    @property
    def keeps_state(self) -> bool:
        """Whether a defense has clients keep something between their rounds."""
        return any(defense.keeps_state for defense in self.defenses)

    @property
    def changes_roles(self) -> bool:
        """Whether clients do not share all of the model's parameters."""
        return any(defense.changes_roles for defense in self.defenses)

    def network(self, features: int) -> "nn.Module":
        """The initial network for ``features`` inputs, with every defense that acts on the model, and with what
        defenses have travel beside its layers. Raises ConfigError where a defense cannot defend it.
        """
        model = self.defended_model
        network = self.task.network(model, features, self.stream("init"))
        for defense in self.defenses:
            attach(network, defense.beside(model, features, self.stream("beside", defense.name)))
            defense.check_network(network)
        return network

    def schedule(self, clients: int) -> Schedule:
        """How often one of so many clients trains; raises ConfigError where a defense does not allow it."""
        algorithm = self.algorithm
        rate = 1.0 if algorithm.local_steps else algorithm.learning_rate
        schedule = Schedule(clients, algorithm.cohort_size(clients), self.rounds, algorithm.batch_size, rate)
        for defense in self.defenses:
            defense.check_schedule(schedule)
        return schedule

    def share(self, utterances: int) -> Share:
        """What a client of so many ``utterances`` learns from in a round."""
        return Share(utterances, len(self.algorithm.plan(utterances, self.stream("steps")).batches))

    def longest(self, broadcast: Arrays) -> float | None:
        """How long a client's update is at most in the round of that broadcast, noise apart; None where it may be any.

        An empty ``broadcast`` stands for that of the first round.
        """
        length: float | None = None
        for defense in self.defenses:
            length = defense.longest(length, broadcast)
        return length

    @property
    def objective(self) -> Objective | None:
        """The defense that adds to what clients minimise; None where they minimise the task's loss."""
        return next((defense for defense in self.defenses if isinstance(defense, Objective)), None)

    @property
    def needs_public(self) -> bool:
        """Whether a defense has the server learn from public data."""
        return any(defense.needs_public for defense in self.defenses)

    @property
    def needs_attributes(self) -> bool:
        """Whether a defense has clients know the attribute of their rows."""
        return any(defense.needs_attributes for defense in self.defenses)

    def start(self, features: int) -> Arrays:
        """What the server begins with: the initial network's parameters, after every defense that acts on them."""
        model = parameters(self.network(features))
        for defense in self.defenses:
            model = defense.on_start(model)
        return model

    def roles(self, names: Sequence[str], number: int) -> Roles:
        """Which of the model's parameters clients do not share in round ``number``."""
        return Roles.of(defense.on_parameters(names, number) for defense in self.defenses)

    @property
    def grouping(self) -> DefenseConfig | None:
        """The defense by which the server sees groups of clients; None where it sees each client's own update."""
        return grouping(self.defenses)

    def together(self, clients: int, number: int) -> tuple[Groups, ...]:
        """By place, which of the sorted ``clients`` of round ``number`` the server sees together, run by run.

        None where it sees each by itself. Raises InputError where there are too few.
        """
        return self.grouping.on_cohort(clients, self.stream("groups", number)) if self.grouping else ()

    @property
    def stream(self) -> Stream:
        """The root of all randomness of this training."""
        return Stream(self.seed)("training", self.training)

    def masks_at_evaluation(self, piece: int) -> "torch.Generator | None":
        """What draws the dropout of a piece of the rows that a model is scored on; None where it has none then.

        The same in every round: models are compared on one draw, whoever scores them.
        """
        return self.stream("evaluation", piece).torch() if self.defended_model.drops_at_evaluation else None

    def client_stream(self, client: str, number: int) -> Stream:
        """The randomness of one client in round ``number``."""
        return self.stream("client", client, number)

    def plan(self, client: str, number: int, utterances: int) -> Plan:
        """Which of a client's ``utterances`` it learns from in round ``number``, batch by batch."""
        return self.algorithm.plan(utterances, self.client_stream(client, number))

    def sampled(self, clients: Sequence[str], number: int, size: int | None = None) -> list[str]:
        """The clients of round ``number`` (from 1): uniform without replacement, sorted by name.

        There are ``size`` of them, by default as many as the algorithm lets train in a round. Of ``Names``, which are
        sorted, only those are looked at that are drawn.
        """
        ordered = clients if isinstance(clients, Names) else sorted(clients)
        generator = self.stream("sample", number).numpy()
        size = self.algorithm.cohort_size(len(ordered)) if size is None else size
        places = generator.choice(len(ordered), size=size, replace=False)
        return [ordered[place] for place in np.sort(places).tolist()]
