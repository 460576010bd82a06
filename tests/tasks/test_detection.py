"""Detection: a sigmoid and binary cross-entropy, by torch's own; and the labels of corpora."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import TypeAdapter, ValidationError

from fedser.models import MLP
from fedser.seeds import Stream
from fedser.tasks import Classification, Detection, TaskConfig
from simulations.families import members

TASKS = [Classification(), Detection(), Detection(classes=("calm", "rough"), labels={"happy": "calm"})]
LOGITS = arrays.arrays(np.float32, (6, 1), elements=st.floats(-80, 80, width=32))
LABELS = arrays.arrays(np.int64, 6, elements=st.integers(0, 1))


def test_every_task_is_examined():
    assert {type(task) for task in TASKS} == set(members(TaskConfig))


@pytest.mark.parametrize("task", TASKS, ids=repr)
class TestEveryTask:
    def test_it_describes_itself_and_survives_json(self, task):
        adapter = TypeAdapter(TaskConfig)
        assert adapter.validate_json(adapter.dump_json(task)) == task
        assert task.summary() and task.source

    def test_the_loss_is_the_mean_of_the_examples_and_its_derivative_autograds(self, task):
        network = task.network(MLP(hidden=(5,), dropout=(0.0,)), 3, Stream(1))
        x, y = torch.randn(8, 3, generator=Stream(2).torch()), torch.arange(8) % len(task.classes)
        loss, weights = task.loss(network, x, y, None), torch.full((8,), 1 / 8)
        assert torch.allclose(task.losses(network, x, y, None).mean(), loss)
        assert task.mean_loss(network, x.numpy(), y.numpy()) == pytest.approx(loss.item(), rel=1e-6)
        logits = network(x, None).detach().requires_grad_()
        summed, delta = task.residual(logits.detach(), y, weights)
        assert torch.allclose(summed, loss) and delta.shape == logits.shape
        (expected,) = torch.autograd.grad(task.loss(lambda given, masks: logits, x, y, None), logits)
        assert torch.allclose(delta, expected, atol=1e-7)

    def test_the_answer_is_the_most_probable_class(self, task):
        network = task.network(MLP(hidden=(5,), dropout=(0.0,)), 3, Stream(1))
        x = 5 * np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
        shares = task.probabilities(network, x)
        assert shares.shape == (40, len(task.classes)) and np.allclose(shares.sum(axis=1), 1)
        assert np.array_equal(task.predict(network, x), shares.argmax(axis=1))


@given(LOGITS, LABELS)
def test_the_loss_is_that_of_the_sigmoid(logits, y):
    """And stays finite where the sigmoid is one."""
    given_ = torch.from_numpy(logits)
    found = Detection().losses(lambda x, masks: given_, given_, torch.from_numpy(y), None).numpy()
    wide = logits[:, 0].astype(np.float64)
    assert np.allclose(found, np.logaddexp(0, np.where(y == 1, -wide, wide)), rtol=1e-5, atol=1e-6)


def test_a_value_of_no_class_is_refused():
    with pytest.raises(ValidationError, match=r"labels.happy: 'nice' is no class .choose from non_toxic, toxic."):
        Detection(labels={"happy": "nice"})
    with pytest.raises(ValidationError, match="given more than once: a"):
        Detection(classes=("a", "a"))
