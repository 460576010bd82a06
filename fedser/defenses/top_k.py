"""Only the largest entries of the update, and the others later (Stich et al. 2018, arXiv 1809.07599; Aji and Heafield
2017, arXiv 1704.05021; and with much beside it Lin et al. 2018, arXiv 1712.01887).

Guarantee: none; an entry that is sent costs its place and its value. Known breaks: the places of the largest entries
say which units and inputs were most active; with error feedback nothing is lost, only late, so that what M updates of a
client tell together nears what they would tell whole. Without it this is ``prune``, whose breaks are told there.
"""

from typing import ClassVar, Literal

from pydantic import Field

from fedser.defenses.error_feedback import ErrorFeedback
from fedser.defenses.magnitude import Within, keep_largest
from fedser.defenses.wire import Wire
from fedser.seeds import Stream
from fedser.updates.update import Arrays


class TopK(ErrorFeedback):
    """Send the largest entries of the update, and add the others to the client's next one."""

    source: ClassVar[str] = "Stich et al. 2018 (sparsified SGD with memory)"
    name: Literal["top_k"] = "top_k"
    share: float = Field(gt=0, le=1, description="of the entries, which are sent; one at least")
    within: Within = Field("update", description="what the share is of: the whole update, or each array")
    error_feedback: bool = Field(True, description="whether the client keeps what it has not sent")

    @property
    def keeps_state(self) -> bool:
        """As chosen, where anything is left to keep."""
        return self.error_feedback and self.share < 1

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """The int(share n) largest of n entries, in their places."""
        return keep_largest(update, self._sent, self.within)

    def on_wire(self, wire: Wire) -> Wire:
        """The largest entries."""
        return wire.thinned(self._sent, self.within)

    def _sent(self, entries: int) -> int:
        return max(1, int(self.share * entries + 1e-9))
