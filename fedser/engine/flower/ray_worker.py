"""A process of Ray's that hosts some of the nodes: it lets the ClientApp answer their messages."""

from collections.abc import Sequence

from flwr.app import ArrayRecord, Context, Message

from fedser.engine.flower.client_app import app


class Worker:
    """To be made a Ray actor; one worker answers one message at a time."""

    def __init__(self) -> None:
        self._run, self._contexts = 0, dict[int, Context]()

    def answer(self, message: Message, context: Context, names: Sequence[str], *records: ArrayRecord) -> Message:
        """The node's reply; ``records`` are the message's arrays of these names, in shared memory."""
        for name, record in zip(names, records, strict=True):
            message.content[name] = record
        return app(message, self._kept(context))

    def _kept(self, context: Context) -> Context:
        """The node's context of this run, with what it has noted there; earlier runs are forgotten."""
        if context.run_id != self._run:
            self._run, self._contexts = context.run_id, {}
        return self._contexts.setdefault(context.node_id, context)
