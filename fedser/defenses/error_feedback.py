"""What compression has lost is kept by the client, and added to its next update.

Stich et al. 2018 (arXiv 1809.07599, algorithm 1) and Karimireddy et al. 2019 (arXiv 1901.09847, algorithm 1): of
p_t = u_t + e_t the client sends C(p_t) and keeps e_(t+1) = p_t - C(p_t), with e_0 = 0. Theirs are steps, and ours are
the updates u of the server formula, which is the same as long as eta is. Here t counts the rounds that the client
takes part in, and its weight n_k / n in the average is that of the round in which something is sent.
"""

from fedser.defenses.defense import Defense
from fedser.seeds import Stream
from fedser.updates.update import Arrays


class ErrorFeedback(Defense):
    """A compression C, ``on_update``, that may be given this memory.

    Known break: over rounds a client sends all of its updates but the last residual, so that whoever adds them up reads
    what each one hides.
    """

    error_feedback: bool

    @property
    def keeps_state(self) -> bool:
        """As chosen."""
        return self.error_feedback

    def on_round(self, update: Arrays, kept: Arrays, stream: Stream) -> tuple[Arrays, Arrays]:
        """C(p) and p - C(p), where p = u + e (algorithm 1)."""
        if not self.keeps_state:
            return super().on_round(update, kept, stream)
        wanted = {name: array + kept[name] for name, array in update.items()} if kept else update
        sent = self.on_update(wanted, stream)
        return sent, {name: array - sent[name] for name, array in wanted.items()}
