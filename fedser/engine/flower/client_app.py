"""Flower's ClientApp: trains the clients that a message names, with the cohort engine's arithmetic.

It stands in a module of its own so that Ray sends it by name; defined elsewhere it would be pickled whole, and would
forget its resident data in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from flwr.app import Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import ClientAppCallable
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS
from torch import Tensor

from fedser.devices import one_thread
from fedser.engine.cohort.flat import FlatClients, flat_block_sums, memory
from fedser.engine.flower.answers import Failure, Sums, write_failure, write_replies, write_sums
from fedser.engine.flower.messages import Job, Work, read_work, write_partition
from fedser.engine.parts import Reply
from fedser.errors import CaptureError, ClientError
from fedser.models.layout import Layout
from fedser.updates.store import StoreWriter
from fedser.updates.update import Round

app = ClientApp()


@app.query()
def partition(message: Message, context: Context) -> Message:
    """Which node this is: node ids are drawn anew in each run."""
    return Message(write_partition(int(str(context.node_config["partition-id"]))), reply_to=message)


def masked(message: Message, context: Context, train: ClientAppCallable) -> Message:
    """Where clients meet by SecAgg+, a node takes part in all of its stages, and trains in one of them."""
    if RECORD_KEY_CONFIGS not in message.content:
        return train(message, context)
    from fedser.engine.flower.secagg_node import mask

    return mask(message, context, train)


@app.train(mods=[masked])
def train(message: Message, context: Context) -> Message:
    """What the clients send, or its sums, or the error of the first that fails."""
    work = read_work(message.content)
    node = _resident(context.run_id, work.job)
    with one_thread():
        return Message(node.answer(work), reply_to=message)


@dataclass(frozen=True)
class _Node:
    """A job at hand."""

    clients: FlatClients
    layout: Layout
    store: StoreWriter | None

    def answer(self, work: Work) -> RecordDict:
        try:
            return write_sums(self._sums(work)) if work.sums else write_replies(self._replies(work))
        except ClientError as error:
            return write_failure(Failure(str(error)))
        except CaptureError as error:
            return write_failure(Failure(str(error), capture=True))

    def _replies(self, work: Work) -> list[Reply]:
        rows = memory(len(work.run.clients), self.layout, shown=True)
        return list(self.clients.replies(work.number, work.broadcast, work.run.clients, rows))

    def _sums(self, work: Work) -> Sums:
        """The run's blocks, once its updates are captured."""
        store = self.store if self.store and self.store.keeps_round(work.number) else None
        rows = memory(len(work.run.clients), self.layout, shown=store is not None)
        coming = self.clients.replies(work.number, work.broadcast, work.run.clients, rows)
        replies = list[Reply]()

        def sent() -> Iterator[tuple[int, Tensor]]:
            for reply, row in zip(coming, rows, strict=True):
                replies.append(reply)
                yield reply.update.examples, row

        blocks = tuple(flat_block_sums(work.run.total, work.run.first, sent(), self.layout))
        updates = tuple(reply.update for reply in replies)
        if store:
            store(Round(work.number, work.broadcast, updates, work.run.part, work.run.parts))
        return Sums(tuple(u.examples for u in updates), tuple(reply.loss for reply in replies), blocks)


@lru_cache(maxsize=1)
def _resident(run: int, text: str) -> _Node:
    """The data and the buffers of a job, made once per process and run: files may change between runs."""
    job = Job.model_validate_json(text)
    data = job.data.open()
    bench = job.compute.bench(job.simulation, data)
    return _Node(FlatClients(bench, data, job.compute, job.states), bench.layout, job.store)
