"""Flower's ClientApp: trains all clients of its node, one after the other, in one resident network.

It stands in a module of its own so that Ray sends it by name; defined elsewhere it would be pickled whole with every
message, and would forget its resident network in between.
"""

from functools import lru_cache

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from fedser.engine.client import Client, one_thread
from fedser.engine.data import OpenData
from fedser.engine.flower.messages import Failure, Job, read_work, write_failure, write_partition, write_replies
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
    opened, client = _resident(context.run_id, work.job)
    replies = []
    with one_thread():
        for name in work.clients:
            try:
                replies.append(client.reply(work.number, name, work.broadcast, opened.client(name)))
            except ClientError as error:
                return Message(write_failure(Failure(name, str(error))), reply_to=message)
    return Message(write_replies(replies), reply_to=message)


@lru_cache(maxsize=1)
def _resident(run: int, text: str) -> tuple[OpenData, Client]:
    """The data and the network of a job, opened once per process and run: files may change between runs."""
    job = Job.model_validate_json(text)
    opened = job.data.open()
    return opened, Client(job.simulation, opened.x.shape[1])
