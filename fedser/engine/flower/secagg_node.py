"""SecAgg+ on a node: what its client sends passes Flower's own modifier, and only masked leaves the node.

Flower's modifier (flwr 1.41, ``secaggplus_mod``) keeps keys and shares in the node's context, from stage to stage of a
round. It takes a client's answer in Flower's older form, clips in silence, and rounds by numpy's global generator; so
around it an answer is put into that form, what would be clipped is an error, and the generator is the client's own for
as long as the modifier needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from flwr.app import Context, Message, RecordDict
from flwr.client.mod.secure_aggregation.secaggplus_mod import secaggplus_mod
from flwr.clientapp.typing import ClientAppCallable
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_STATE, Key
from flwr.compat.common.recorddict_compat import fitres_to_recorddict

from fedser.engine.flower.answers import Failure, read_failure, read_replies, write_failure
from fedser.engine.flower.messages import Job, read_work
from fedser.engine.parts import Reply
from fedser.errors import CaptureError, ClientError
from fedser.seeds import Stream


def mask(message: Message, context: Context, train: ClientAppCallable) -> Message:
    """The node's answer to one stage; in that which collects vectors, its one client is trained by ``train``."""
    if "work" not in message.content:
        return secaggplus_mod(message, context, train)
    work = read_work(message.content)
    (client,), simulation = work.run.clients, Job.model_validate_json(work.job).simulation

    def trained(message: Message, context: Context) -> Message:
        answer = train(message, context).content
        if failure := read_failure(answer):
            raise failure.error()
        (reply,) = read_replies(answer)
        _refuse_what_is_too_large(reply, f"training {simulation.training}, round {work.number}, {client}", context)
        return Message(_as_fitres(reply), reply_to=message)

    try:
        with _rounding_from(simulation.client_stream(client, work.number)("secagg_plus")):
            return secaggplus_mod(message, context, trained)
    except ClientError as error:
        failure = Failure(str(error))
    except CaptureError as error:
        failure = Failure(str(error), capture=True)
    return Message(write_failure(failure), reply_to=message)


@contextmanager
def _rounding_from(stream: Stream) -> Iterator[None]:
    """Numpy's global generator, from which Flower rounds, is at the beginning of the stream."""
    before = np.random.get_state()
    np.random.seed(stream.integer() % 2**32)
    try:
        yield
    finally:
        np.random.set_state(before)


def _refuse_what_is_too_large(reply: Reply, place: str, context: Context) -> None:
    """Raise ClientError where n_k is above W, or n_k / W times an entry beyond c, as the setup stage has told them."""
    state = cast(Any, context.state.config_records[RECORD_KEY_STATE])
    examples, most, limit = reply.update.examples, state[Key.MAX_WEIGHT], state[Key.CLIPPING_RANGE]
    if examples > most:
        raise ClientError(f"{place}: n_k is {examples}, but secure_aggregation weighs {most:g} at most")
    largest = max(float(np.abs(array).max(initial=0)) for array in reply.update.arrays.values())
    if (entry := largest * examples / most) > limit:
        raise ClientError(
            f"{place}: its weighted update has an entry of {entry:g}, which would be clipped; raise"
            f" secure_aggregation.clipping_range (it is {limit:g})"
        )


def _as_fitres(reply: Reply) -> RecordDict:
    """The client's arrays as one vector [P], float64: Flower cannot rebuild an array without dimensions."""
    vector = np.concatenate([array.ravel() for array in reply.update.arrays.values()]).astype(np.float64)
    parameters = ndarrays_to_parameters([vector])
    sent = FitRes(Status(Code.OK, ""), parameters, reply.update.examples, {"loss": reply.loss})
    return fitres_to_recorddict(sent, keep_input=False)
