"""Adversarial unlearning: the embedding is trained against a head that infers the attribute (Ganin and Lempitsky 2015).

What Feng et al. 2021 leave to future work. A head on the embedding learns the attribute by cross-entropy, and its
gradient reaches the layers below times - lambda (``reversal``), or they minimise lambda times the head's cross-entropy
to the uniform distribution (``confusion``, Tzeng et al. 2015): a network that is always wrong tells the value, too.

In a federation a client is one speaker, and all of its rows have one value. What it sends of a head that it has moved
is that value in the clear: of a FedSGD client the bias's gradient is p - e_a, negative at its own value a and nowhere
else. Such a head (``shared``) is offered to show just that.

Guarantee: none; what is lowered is what a head on the embedding can infer, and that of the models, not of the updates.
Known breaks: the head's update, where it is shared. With ``reversal`` the further gradient itself points from the
client's own value, - lambda (p - e_a) W through all layers below: the defense may write into an update what was not
there. The gradient of ``confusion`` is that of p alone. Against a public head, which does not follow, reversal has no
bound, and may ruin the task before it hides anything. Another, or a later, head finds what one head does not (Elazar
and Goldberg 2018, arXiv 1808.06640), and the first layer's gradient holds the inputs whatever the embedding forgets.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from fedser.defenses.attribute_head import AttributeHead
from fedser.defenses.objective import Batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


class Unlearning(AttributeHead):
    """Train the embedding against a head that infers the attribute from it."""

    source: ClassVar[str] = "Ganin and Lempitsky 2015 (gradient reversal); Tzeng et al. 2015 (confusion)"
    name: Literal["unlearning"] = "unlearning"

    def term(self, hidden: "Tensor", beside: "Mapping[str, Tensor]", batch: Batch) -> "Tensor":
        """The adversarial loss alone."""
        return self.adversarial(hidden, beside, batch)
