"""What every defense is: it may change the model that is trained, the gradient of a local batch, the update before it
leaves the client, what the server can see at all of a round's clients, or the mean that the server steps by.

Of several, each acts on what the one before it in the config has made, the first on what the client would have sent: a
norm that is clipped before noise is added is another defense than one that is clipped after. Only what says whose a
parameter is comes before all that acts on updates, and what acts on the cohort after it, wherever they stand.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from fedser.config import Plugin
from fedser.defenses.bound import Bound
from fedser.defenses.guarantee import Guarantee
from fedser.defenses.roles import Role
from fedser.defenses.turns import Schedule, Share, Turn
from fedser.defenses.wire import Wire
from fedser.models import ModelConfig
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays

if TYPE_CHECKING:
    from torch import nn

Groups = tuple[tuple[int, ...], ...]
"""Clients whose updates the server sees together, by their places among the sorted clients of a round, ascending."""

Codes = np.ndarray[Any, np.dtype[np.int64]]
"""Places of batches' rows within a client's own, or a value's number for each of its rows."""

Public = Callable[[], tuple[Array, Codes]]
"""Opens the public data: features [rows, dims], normalised as everyone's, and the attribute of each row."""


class Defense(Plugin):
    """What it leaves alone passes unchanged."""

    sum_alone: ClassVar[bool] = False
    """Whether the server sees the sum of a round, and nothing of less than all of its clients."""

    private: ClassVar[bool] = False
    """Whether it promises differential privacy, an epsilon."""

    bounds_examples: ClassVar[bool] = False
    """Whether clients bound the gradient of each example by itself."""

    uniform: ClassVar[bool] = False
    """Whether clients weigh alike in the server's average, each with n_k = 1, however much they hold."""

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The architecture that is trained instead."""
        return model

    def beside(self, model: ModelConfig, features: int, stream: Stream) -> Arrays:
        """The initial values of arrays that are to travel with the ``model`` though they are no layer of it.

        Their names begin with ``BESIDE``. By itself a defense has none.
        """
        return {}

    def on_start(self, model: Arrays) -> Arrays:
        """The model that the server begins with instead, of the same names and shapes."""
        return model

    def on_parameters(self, names: Sequence[str], number: int) -> Mapping[str, Role]:
        """Which of the model's parameters, ``names`` in its order, clients do not share in round ``number``, and why.

        What is the client's own in one round is so in every one.
        """
        return {}

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """The update that is sent instead: u_k of the server formula, a gradient or w - w_k."""
        return update

    def on_inputs(self, update: Arrays, model: Arrays, x: Array) -> Arrays:
        """The update that is sent instead of what ``on_round`` gives, by what the client has learnt from: the rows
        ``x``, float32 [utterances, features], each once, beginning with ``model``, its own parameters among it.
        """
        return update

    def on_round(self, update: Arrays, kept: Arrays, stream: Stream) -> tuple[Arrays, Arrays]:
        """The update that is sent instead, and what the client keeps until its next round.

        ``kept`` is what it has kept from its last one, empty in its first. Only a defense that ``keeps_state`` has it
        keep anything: arrays of any names and shapes, which neither the server nor an attacker ever sees.
        """
        return self.on_update(update, stream), {}

    def on_gradient(self, schedule: Schedule, share: Share) -> Bound | None:
        """What a client that holds ``share`` does to the gradient of each local batch; by itself nothing."""
        return None

    def in_turn(self, turn: Turn) -> "Defense":
        """What acts on the update of a client in its turn, where that depends on the training or the client."""
        return self

    def on_mean(self, mean: Arrays, broadcast: Arrays, schedule: Schedule, stream: Stream) -> Arrays:
        """What the server steps by in place of the clients' mean update; nobody is shown it but by the next model."""
        return mean

    def longest(self, before: float | None, broadcast: Arrays) -> float | None:
        """How long an update is at most after this defense, noise apart, when it was ``before`` at most; None where it
        may be of any length. By itself one that changes updates bounds none.
        """
        return None if self.changes_update else before

    def check_network(self, network: "nn.Module") -> None:
        """Raise ConfigError where this network cannot be defended so; by itself any can."""
        return

    def check_schedule(self, schedule: Schedule) -> None:
        """Raise ConfigError where so many clients and rounds do not allow it; by itself any do."""
        return

    def guarantees(self, schedule: Schedule, shares: Mapping[Share, int]) -> tuple[Guarantee, ...]:
        """What it promises in numbers: by itself nothing.

        ``shares`` says of what clients held, in how many rounds one of them trained at most.
        """
        return ()

    def on_wire(self, wire: Wire) -> Wire:
        """What a client's update takes on the wire after this defense, when it was ``wire`` before.

        By itself one that changes updates undoes all that came before it: noise on signs is no sign any more.
        """
        return Wire.dense(wire.sizes) if self.changes_update else wire

    def renews(self, number: int) -> bool:
        """Whether the server changes what this defense has frozen, after round ``number``."""
        return False

    def on_cohort(self, clients: int, stream: Stream) -> tuple[Groups, ...]:
        """In which groups the server sees so many clients of a round: the groups of one run of the sorted clients after
        the other, so that a round of any size passes in bounded memory.

        By itself each client is seen alone. Raises InputError where the clients are too few to be seen together.
        """
        return (tuple((place,) for place in range(clients)),)

    def on_batches(self, batches: tuple[Codes, ...], y: Codes, attributes: Codes, stream: Stream) -> tuple[Codes, ...]:
        """The client's batches instead, each of the same size, by places among its rows: these have the labels ``y``,
        and where it is to know them ``attributes``.
        """
        return batches

    def on_public(self, model: Arrays, number: int, public: Public) -> Arrays:
        """The model after round ``number``, 0 for the initial one, with what the server learns from public data."""
        return model

    @property
    def needs_attributes(self) -> bool:
        """Whether clients know the attribute of each of their rows."""
        return False

    @property
    def changes_batches(self) -> bool:
        """Whether clients draw other batches than the algorithm has planned."""
        return type(self).on_batches is not Defense.on_batches

    @property
    def needs_public(self) -> bool:
        """Whether the server learns anything from public data."""
        return False

    @property
    def label(self) -> str:
        """Name and settings, for tables: ``dropout(rate=0.4 layer=1)``."""
        name, settings = type(self).model_fields["name"].default, self.model_dump(mode="json", exclude={"name"})
        return f"{name}({' '.join(f'{k}={v}' for k, v in settings.items())})" if settings else str(name)

    @property
    def changes_update(self) -> bool:
        """Whether anything is done to an update, so that parameters are not rounded for nothing."""
        kind = type(self)
        changed = kind.on_update is not Defense.on_update or kind.in_turn is not Defense.in_turn
        return changed or self.sees_inputs

    @property
    def sees_inputs(self) -> bool:
        """Whether what is sent depends on more of the client's inputs than the update."""
        return type(self).on_inputs is not Defense.on_inputs

    @property
    def changes_gradient(self) -> bool:
        """Whether clients change the gradients of their local batches."""
        return type(self).on_gradient is not Defense.on_gradient

    @property
    def changes_mean(self) -> bool:
        """Whether the server changes the mean that it steps by."""
        return type(self).on_mean is not Defense.on_mean

    @property
    def keeps_state(self) -> bool:
        """Whether a client keeps something between its rounds; by itself a defense has it keep nothing."""
        return False

    @property
    def changes_roles(self) -> bool:
        """Whether any parameter is not shared."""
        return type(self).on_parameters is not Defense.on_parameters

    @property
    def changes_cohort(self) -> bool:
        """Whether the server sees updates of groups of clients, and of no client its own."""
        return type(self).on_cohort is not Defense.on_cohort

    @property
    def decides(self) -> str | None:
        """What no other defense of a list may decide, too, as it is told there; None where there is nothing."""
        return "what the server sees of a round" if self.changes_cohort else None

    @property
    def between_nodes(self) -> bool:
        """Whether it is a protocol between the nodes of an engine that has such, and not its result alone."""
        return False
