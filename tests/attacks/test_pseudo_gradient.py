"""Equation 5 by hand, for both ways to count T."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.pseudo_gradient import local_steps, pseudo_gradient
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update

BEFORE = {"dense1.weight": np.array([[1.0, -2.0]], np.float32), "dense1.bias": np.array([0.5], np.float32)}
AFTER = {"dense1.weight": np.array([[0.4, -2.6]], np.float32), "dense1.bias": np.array([1.1], np.float32)}


@pytest.mark.parametrize(
    ("examples", "epochs", "actual", "published"),
    [(19, 1, 1, 1), (20, 1, 1, 2), (21, 1, 2, 2), (40, 1, 2, 3), (41, 3, 9, 9), (40, 3, 6, 9)],
)
def test_local_steps(examples, epochs, actual, published):
    assert local_steps(examples, 20, epochs, "actual") == actual
    assert local_steps(examples, 20, epochs, "published") == published


@given(st.integers(1, 500), st.integers(1, 64), st.integers(1, 9))
def test_published_is_one_step_an_epoch_too_many_exactly_when_the_batch_divides(n, batch, epochs):
    extra = local_steps(n, batch, epochs, "published") - local_steps(n, batch, epochs, "actual")
    assert extra == (epochs if n % batch == 0 else 0)


@pytest.mark.parametrize(("steps", "divisor"), [("actual", 0.2), ("published", 0.3)])
def test_equation_5(steps, divisor, public):
    known = public("private-0", BEFORE, "parameters", batch_size=20, epochs=1, learning_rate=0.1)
    derived = pseudo_gradient(BEFORE, AFTER, 40, known, steps)
    np.testing.assert_allclose(derived["dense1.weight"], np.array([[0.6, 0.6]]) / divisor, rtol=1e-6)
    np.testing.assert_allclose(derived["dense1.bias"], np.array([-0.6]) / divisor, rtol=1e-6)
    assert derived["dense1.weight"].dtype == np.float32


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_an_update_set_derives_it_from_the_stores_models(precision, public, tmp_path):
    known = public("private-0", BEFORE, "parameters", batch_size=20, epochs=1, learning_rate=0.1)
    writer = StoreWriter(tmp_path, known, Capture(precision=precision)).begin()
    writer(Round(1, BEFORE, (Update(1, "client-0001", 40, AFTER),)))
    updates = UpdateSet.of([UpdateStore(tmp_path)])
    np.testing.assert_allclose(updates.gradient(0, "dense1")["weight"], [[3.0, 3.0]], rtol=1e-3)
    np.testing.assert_allclose(updates.scaled_by("published").gradient(0, "dense1")["bias"], [-2.0], rtol=1e-3)


def test_missing_public_parameters_are_named(public):
    known = public("private-0", BEFORE, "parameters", batch_size=20, learning_rate=0.1)
    with pytest.raises(CaptureError) as refusal:
        pseudo_gradient(BEFORE, AFTER, 40, known, "actual")
    assert str(refusal.value) == (
        "training private-0: no epochs among its public parameters (name, batch_size, learning_rate);"
        " a pseudo-gradient needs it (eq. 5)"
    )
