"""Linkers: what each promises, and that voices are told apart where they differ, and not where they do not."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from attacks.identity import LinkerConfig
from attacks.identity.cosine import Cosine
from attacks.identity.discriminant import Discriminant
from attacks.identity.linker import Map
from attacks.shadow import Shadow
from fedser.errors import ConfigError, InputError
from fedser.seeds import Stream
from simulations.families import members

LINKERS = [Cosine(), Discriminant(), Cosine(reads="moments"), Discriminant(reads="pull_back", components=5, size=3)]
each = pytest.mark.parametrize("linker", LINKERS, ids=lambda one: one.label)


def test_the_battery_covers_the_union():
    assert {type(one) for one in LINKERS} == set(members(LinkerConfig))


@each
def test_it_is_one_entry_of_the_configuration(linker):
    adapter = TypeAdapter(LinkerConfig)
    assert adapter.validate_json(adapter.dump_json(linker)) == linker and linker.summary() and linker.source


@each
def test_directions_are_of_length_one_in_the_order_of_the_target_and_repeatable(linker, world):
    fitted = linker.fit(world.shadow, Stream(3))
    found = fitted.embed(world.private)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, rtol=1e-5)
    assert (linker.fit(world.shadow, Stream(3)).embed(world.private) == found).all()
    order = np.random.default_rng(0).permutation(len(world.private))
    np.testing.assert_allclose(fitted.embed(world.private.subset(order)), found[order], atol=1e-4)


@each
def test_the_attribute_is_not_looked_at(linker, world):
    shadow = world.shadow
    other = Shadow(shadow.updates, shadow.permuted(Stream(1)).labels, shadow.speakers, shadow.classes)
    first, second = (linker.fit(one, Stream(3)).embed(world.private) for one in (shadow, other))
    assert (first == second).all()


def test_what_it_reads_decides_what_must_be_known(world):
    assert Cosine().needs_to_know("gradient") == {"updates"}
    assert Cosine(reads="pull_back").needs_to_know("gradient") == {"updates", "broadcast"}
    with pytest.raises(ConfigError, match=r"^attack logistic: the first layer, norm, has weight \[3\]"):
        Cosine().reduction({"norm.weight": (3,), "norm.bias": (3,)})


def test_discriminants_whiten_what_varies_within_speakers():
    """Two numbers: speakers differ in the first by 1, and their updates in the second by 100."""
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(8), 50)
    voices = np.arange(8.0)
    x = np.stack([voices[persons] + 0.05 * rng.normal(size=400), 100 * rng.normal(size=400)], axis=1)
    found = Discriminant(components=2, size=1, shrinkage=0).learn(x.astype(np.float32), persons, Stream(1))(x)[:, 0]
    centres = np.array([found[persons == one].mean() for one in range(8)])
    assert abs(np.corrcoef(centres, voices)[0, 1]) > 0.999
    inner = found - centres[persons]
    assert inner.var() == pytest.approx(1.0, rel=0.05)


def test_a_number_that_never_varies_says_nothing():
    assert Map.standard(np.array([[1.0, 2.0], [1.0, 4.0]], dtype=np.float32))(np.array([[9.0, 5.0]])).tolist() == [
        [0, 2]
    ]


def test_shadow_updates_of_one_person_are_refused(world):
    shadow = world.shadow.subset(range(40))
    one = Shadow(shadow.updates, shadow.labels, shadow.speakers, shadow.classes, whose=("anna",) * 40)
    with pytest.raises(InputError, match=r"^identity: 40 shadow updates of 1 persons say nothing$"):
        Cosine().fit(one, Stream(1))
