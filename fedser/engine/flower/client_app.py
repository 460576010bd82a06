"""Flower's ClientApp: trains the clients that a message names, with the cohort engine's arithmetic.

It stands in a module of its own so that Ray sends it by name; defined elsewhere it would be pickled whole, and would
forget its resident data in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from flwr.app import Context, Message, RecordDict
from flwr.clientapp import ClientApp

from fedser.algorithms.average import block_sums
from fedser.engine.client import Clients, one_thread
from fedser.engine.flower.answers import Failure, Sums, write_failure, write_replies, write_sums
from fedser.engine.flower.messages import Job, Work, read_work, write_partition
from fedser.engine.parts import Reply
from fedser.errors import CaptureError, ClientError
from fedser.updates.store import StoreWriter
from fedser.updates.update import Arrays, Round, Update

app = ClientApp()


@app.query()
def partition(message: Message, context: Context) -> Message:
    """Which node this is: node ids are drawn anew in each run."""
    return Message(write_partition(int(str(context.node_config["partition-id"]))), reply_to=message)


@app.train()
def train(message: Message, context: Context) -> Message:
    """What the clients send, or its sums, or the error of the first that fails."""
    work = read_work(message.content)
    node = _resident(context.run_id, work.job)
    with one_thread():
        return Message(node.answer(work), reply_to=message)


@dataclass(frozen=True)
class _Node:
    """A job at hand."""

    clients: Clients
    store: StoreWriter | None

    def answer(self, work: Work) -> RecordDict:
        replies = self.clients.replies(work.number, work.broadcast, work.run.clients)
        try:
            return write_sums(self._sums(work, replies)) if work.sums else write_replies(list(replies))
        except ClientError as error:
            return write_failure(Failure(str(error)))
        except CaptureError as error:
            return write_failure(Failure(str(error), capture=True))

    def _sums(self, work: Work, replies: Iterator[Reply]) -> Sums:
        """The run's blocks, once its updates are captured."""
        store = self.store if self.store and self.store.keeps_round(work.number) else None
        examples, losses, kept = list[int](), list[float](), list[Update]()

        def sent() -> Iterator[tuple[int, Arrays]]:
            for reply in replies:
                examples.append(reply.update.examples)
                losses.append(reply.loss)
                if store:
                    kept.append(reply.update)
                yield reply.update.examples, reply.update.arrays

        blocks = tuple(block_sums(work.run.total, work.run.first, sent()))
        if store:
            store(Round(work.number, work.broadcast, tuple(kept), work.run.part, work.run.parts))
        return Sums(tuple(examples), tuple(losses), blocks)


@lru_cache(maxsize=1)
def _resident(run: int, text: str) -> _Node:
    """The data and the buffers of a job, made once per process and run: files may change between runs."""
    job = Job.model_validate_json(text)
    data = job.data.open()
    learner = job.compute.learner(job.compute.bench(job.simulation, data), data)
    return _Node(Clients(job.simulation, data, learner), job.store)
