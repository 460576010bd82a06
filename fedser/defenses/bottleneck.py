"""An information bottleneck: an embedding r that tells little of the attribute u, and much of the input x beside it.

After TAPPFL (Arroyo Arevalo et al. 2024, arXiv 2312.06989), which has each device learn a representation of least
mutual information I(r; u) and of most I(x; r | u). The first is bounded by way of a head that infers u from r, against
which the embedding is trained, as in ``unlearning``. The second is estimated from below by Jensen-Shannon's bound
(Nowozin et al. 2016; Hjelm et al. 2019, arXiv 1808.06670, eq. 4): a critic t tells an utterance's own input from
another one's,

    E[-sp(-t(x, r, u))] - E[sp(t(x', r, u))],  sp(z) = log(1 + e^z),

and both the critic and the embedding raise it. The other input x' is that of the batch's next row, in its drawn order:
within a client of one speaker all rows share u, as the condition wants. Theirs is a representation for tasks yet
unknown, weighed by lambda and 1 - lambda (``strength`` and ``keep``); here both losses are added to the task's own.
Head and critic stay on the device, as theirs do; ``head`` has the choices of ``unlearning``, and with ``shared`` the
critic is shared, too.

Guarantee: theirs bounds an adversary who sees representations, and holds for what the head and the critic bound. It
says nothing of updates. Known breaks: those of ``unlearning``; what keeps the input in the embedding keeps the voice in
it, and an I(x; r | u) of utterances is much that tells speakers apart.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from fedser.defenses.attribute_head import AttributeHead, drawn
from fedser.defenses.objective import Batch
from fedser.defenses.roles import Role
from fedser.models import ModelConfig
from fedser.seeds import Stream
from fedser.updates.update import BESIDE, Arrays

if TYPE_CHECKING:
    from torch import Tensor

HIDDEN, OUTPUT = f"{BESIDE}critic1", f"{BESIDE}critic2"


class Bottleneck(AttributeHead):
    """Keep of the input in the embedding what the attribute does not say, and of the attribute nothing."""

    source: ClassVar[str] = "Arroyo Arevalo et al. 2024 (TAPPFL, arXiv 2312.06989)"
    name: Literal["bottleneck"] = "bottleneck"
    keep: float = Field(1.0, ge=0, description="by what the critic's bound on I(x; r | u) is weighed")
    critic: int = Field(32, ge=1, description="hidden units of the critic")

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The same; raises ValueError as ``unlearning`` does, and where an input is no vector."""
        if model.framed:
            raise ValueError(f"{self.label}: its critic reads an input as one vector, but {model.name} reads frames")
        return super().on_model(model)

    @property
    def keeps_state(self) -> bool:
        """The critic stays with the client, unless all is shared."""
        return self.head != "shared"

    def beside(self, model: ModelConfig, features: int, stream: Stream) -> Arrays:
        """The head's, and the critic's over input, embedding and one-hot attribute: one hidden layer, one output."""
        inputs = features + model.hidden[self.tapped(model) - 1] + len(self.values)
        first = {f"{HIDDEN}.weight": (self.critic, inputs), f"{HIDDEN}.bias": (self.critic,)}
        second = {f"{OUTPUT}.weight": (1, self.critic), f"{OUTPUT}.bias": (1,)}
        head = super().beside(model, features, stream)
        return {**head, **drawn(first, inputs, stream(HIDDEN)), **drawn(second, self.critic, stream(OUTPUT))}

    def on_parameters(self, names: Sequence[str], number: int) -> Mapping[str, Role]:
        """The head's as it is chosen; the critic is the client's own, unless all is shared."""
        critic = [name for name in names if name.startswith((f"{HIDDEN}.", f"{OUTPUT}.")) and self.changes_roles]
        return {**super().on_parameters(names, number), **dict.fromkeys(critic, "own")}

    def term(self, hidden: "Tensor", beside: "Mapping[str, Tensor]", batch: Batch) -> "Tensor":
        """The adversarial loss, and minus the bound."""
        from fedser.defenses.adversary import softplus

        own, other = self._told(hidden, beside, batch)
        doubted = ((softplus(-own) + softplus(other)) * batch.weights).sum(dim=-1)
        return self.adversarial(hidden, beside, batch) + self.keep * doubted

    def _told(self, hidden: "Tensor", beside: "Mapping[str, Tensor]", batch: Batch) -> "tuple[Tensor, Tensor]":
        """t(x, r, u) and t(x', r, u), [..., batch]; the critic's first layer meets each input but once."""
        import torch

        from fedser.defenses.adversary import dense, next_rows

        weight = beside[f"{HIDDEN}.weight"]
        of_x, of_r, of_u = torch.split(weight, [batch.x.shape[-1], hidden.shape[-1], len(self.values)], dim=-1)
        known = of_u.mT.gather(-2, batch.attributes.unsqueeze(-1).expand(*batch.attributes.shape, weight.shape[-2]))
        about = dense(hidden, of_r, beside[f"{HIDDEN}.bias"]) + known
        x = dense(batch.x, of_x)
        last = (beside[f"{OUTPUT}.weight"], beside[f"{OUTPUT}.bias"])
        own, other = (dense((each + about).relu(), *last).squeeze(-1) for each in (x, next_rows(x, batch.weights)))
        return own, other
