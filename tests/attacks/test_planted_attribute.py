"""An attribute that is in the inputs is found through differently initialised networks; an absent one is not."""

import numpy as np
import pytest

from attacks.activations import Activations
from attacks.aggregate import Aggregate
from attacks.bias import Bias
from attacks.centroid import Centroid
from attacks.forest import Forest
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.moments import Moments
from attacks.pca import Pca
from attacks.permuted import Permuted
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.second_moments import SecondMoments
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream


@pytest.fixture(scope="module")
def planted(make_world):
    return make_world(strength=2.0, speakers=40, rounds=10)


@pytest.fixture(scope="module")
def absent(make_world):
    return make_world(strength=0.0, speakers=40, rounds=10)


def reached(attack, world, folder, layer):
    scores = attack.fit(world.shadow, Stream(11), folder).scores(world.private)[layer]
    return uar(confusion(world.truth, scores.argmax(axis=1), 2))


def test_logistic_finds_it(planted, tmp_path):
    assert reached(Logistic(), planted, tmp_path, "dense1") > 0.9


def test_logistic_finds_three_values(make_world, tmp_path):
    three = make_world(strength=3.0, values=3, speakers=30, rounds=8)
    scores = Logistic().fit(three.shadow, Stream(11), tmp_path).scores(three.private)["dense1"]
    assert uar(confusion(three.truth, scores.argmax(axis=1), 3)) > 0.8


@pytest.mark.parametrize(
    ("attack", "world", "layer"),
    [
        (Forest(), {"strength": 4.0}, "dense1"),
        (LeastSquares(), {"strength": 2.0}, "dense1"),
        (LeastSquares(noise="estimated"), {"strength": 2.0}, "dense1"),
        (SecondMoments(), {"strength": 3.0, "planted": "scale"}, "dense1"),
        (PullBack(), {"strength": 2.0, "planted": "contrast", "hidden": (64, 32)}, "dense1"),
        (PullBack(map="linearised"), {"strength": 2.0, "planted": "contrast", "hidden": (64, 32)}, "dense1"),
        (Recovery(), {"strength": 2.0, "planted": "contrast", "hidden": (128, 32)}, "dense1"),
        (Aggregate(), {"strength": 4.0}, "dense1"),
        (Moments(), {"strength": 1.0, "planted": "spread"}, "all"),
        (Centroid(), {"strength": 1.0, "planted": "spread"}, "all"),
        (Bias(), {"strength": 3.0, "planted": "emotions"}, "all"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_others_find_what_shows_in_what_they_read(make_world, tmp_path, attack, world, layer):
    assert reached(attack, make_world(**world), tmp_path, layer) > 0.85


@pytest.mark.parametrize("withheld", [True, False])
def test_a_first_layer_that_is_kept_back_is_looked_through(make_world, tmp_path, withheld):
    """Of trainings whose first layers differ, but are known; what reads the first layer itself is at chance."""
    world = make_world(strength=4.0, planted="mean", hidden=(128, 32), withheld=withheld, rounds=8)
    assert reached(Activations(), world, tmp_path / "second", "dense2") > 0.9
    first = reached(Logistic(), world, tmp_path / "first", "dense1")
    assert first == 0.5 if withheld else first > 0.9


def test_raw_gradients_tell_only_where_the_neurons_are_the_same(make_world, tmp_path):
    """Of the same inputs: found through trainings that started from one model, and not through others."""
    common, apart = (make_world(strength=4.0, common=common) for common in (True, False))
    assert reached(Pca(), common, tmp_path, "dense1") > 0.7
    assert abs(reached(Pca(), apart, tmp_path, "dense1") - 0.5) < 0.15


@pytest.mark.parametrize(
    "attack",
    [
        Moments(),
        Bias(),
        Centroid(),
        Forest(),
        Aggregate(),
        LeastSquares(),
        SecondMoments(),
        PullBack(),
        Recovery(),
    ],
    ids=lambda a: a.name,
)
def test_others_find_nothing_where_there_is_nothing(absent, tmp_path, attack):
    place = attack.place(absent.private.public.parameters) if attack.name != "aggregate" else "dense1"
    assert abs(reached(attack, absent, tmp_path, place) - 0.5) < 0.15


def test_permuted_labels_stay_at_chance(planted, tmp_path):
    assert abs(reached(Permuted(), planted, tmp_path, "dense1") - 0.5) < 0.15


def test_a_client_is_asked_about_one_permutation_whoever_else_is_there(planted, tmp_path):
    fitted = Permuted(permutations=4).fit(planted.shadow, Stream(11), tmp_path)
    together = fitted.scores(planted.private)["dense1"]
    client = planted.private.rows[0].client
    own = [index for index, row in enumerate(planted.private.rows) if row.client == client]
    alone = planted.private.subset(own)
    np.testing.assert_array_equal(fitted.scores(alone)["dense1"], together[own])
    asked = [
        number for number in range(4) if np.array_equal(fitted.fitted[number].scores(alone)["dense1"], together[own])
    ]
    assert len(asked) == 1


def test_the_majority_is_chance_exactly(planted, tmp_path):
    assert reached(Majority(), planted, tmp_path, "all") == 0.5


def test_majority_scores_are_the_speakers_shares(world, tmp_path):
    both = zip(world.shadow.speakers, world.shadow.labels, strict=True)
    shadow = world.shadow.subset(index for index, (name, label) in enumerate(both) if label or "2" in name)
    shares = np.bincount(list(shadow.values.values())) / len(shadow.values)
    scores = Majority().fit(shadow, Stream(0), tmp_path).scores(world.private)["all"]
    assert shares[1] > 0.5 and (scores == shares).all()


def test_an_absent_attribute_stays_at_chance(absent, tmp_path):
    assert abs(reached(Logistic(), absent, tmp_path, "dense1") - 0.5) < 0.15
