"""Flower's ClientApp: trains all clients of its node, one after the other, in one resident network.

It stands in a module of its own so that Ray sends it by name; defined elsewhere it would be pickled whole with every
message, and would forget its resident network in between.
"""

from functools import lru_cache

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from fedser.engine.client import Clients, one_thread
from fedser.engine.cohort.single import SingleLearner
from fedser.engine.flower.messages import Failure, Job, read_work, write_failure, write_partition, write_replies
from fedser.engine.parts import Reply
from fedser.errors import ClientError

app = ClientApp()


@app.query()
def partition(message: Message, context: Context) -> Message:
    """Which node this is: node ids are drawn anew in each run."""
    return Message(write_partition(int(str(context.node_config["partition-id"]))), reply_to=message)


@app.train()
def train(message: Message, context: Context) -> Message:
    """The replies of the node's clients, or the error of the first that fails."""
    work = read_work(message.content)
    clients, replies = _resident(context.run_id, work.job), list[Reply]()
    with one_thread():
        try:
            replies.extend(clients.replies(work.number, work.broadcast, work.clients))
        except ClientError as error:
            failed = work.clients[len(replies)]
            return Message(write_failure(Failure(failed, str(error))), reply_to=message)
    return Message(write_replies(replies), reply_to=message)


@lru_cache(maxsize=1)
def _resident(run: int, text: str) -> Clients:
    """The data and the network of a job, opened once per process and run: files may change between runs."""
    job = Job.model_validate_json(text)
    opened = job.data.open()
    return Clients(job.simulation, opened, SingleLearner(job.simulation, opened))
