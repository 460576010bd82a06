"""What adversaries know: an order of threat models, what each attack needs of it, and how too much is refused."""

from itertools import product
from typing import get_args

import pytest

from attacks.aggregate import Aggregate
from attacks.bias import Bias
from attacks.centroid import Centroid
from attacks.cnn.attack import Cnn
from attacks.forest import Forest
from attacks.knowledge import Knowledge, ThreatModel, grants
from attacks.learners import Learners
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.moments import Moments
from attacks.pca import Pca
from attacks.permuted import Permuted
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.second_moments import SecondMoments
from attacks.set_model import SetModel

EVERY = get_args(Knowledge)


def test_it_is_a_partial_order_from_nothing_to_all():
    for one, other in product(EVERY, EVERY):
        assert not (grants(one, other) and grants(other, one)) or one == other
        assert all(grants(one, third) for third in EVERY if grants(one, other) and grants(other, third))
    assert all(grants("hyper_parameters", one) and grants(one, "nothing") for one in EVERY)


def test_the_final_model_and_updates_are_apart():
    assert not grants("updates", "final_model") and not grants("final_model", "aggregates")
    assert (
        grants("broadcast", "final_model") and grants("updates", "aggregates") and not grants("aggregates", "updates")
    )


@pytest.mark.parametrize(
    ("attack", "gradients", "models"),
    [
        (Majority(), {"nothing"}, {"nothing"}),
        (Cnn(), {"updates"}, {"updates", "hyper_parameters"}),
        *((attack, {"updates"}, {"updates", "broadcast"}) for attack in (Logistic(), Moments(), Bias(), Pca())),
        *((attack, {"updates"}, {"updates", "broadcast"}) for attack in (Forest(), Centroid(), Permuted())),
        *((attack, {"updates"}, {"updates", "broadcast"}) for attack in (LeastSquares(), SecondMoments())),
        *((attack, {"broadcast"}, {"broadcast"}) for attack in (PullBack(), Recovery())),
        (Aggregate(), {"aggregates"}, {"aggregates", "broadcast"}),
        (Permuted(attack=Cnn()), {"updates"}, {"updates", "hyper_parameters"}),
        (SetModel(attack=PullBack()), {"broadcast"}, {"broadcast"}),
        (Permuted(attack=Aggregate()), {"aggregates"}, {"aggregates", "broadcast"}),
        (Logistic(shadow="aligned"), {"updates", "broadcast"}, {"updates", "broadcast"}),
        (Aggregate(shadow="both"), {"aggregates", "broadcast"}, {"aggregates", "broadcast"}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_attacks_need(attack, gradients, models):
    assert attack.needs_to_know("gradient") == gradients
    assert attack.needs_to_know("parameters") == models


@pytest.mark.parametrize("attack", get_args(Learners), ids=lambda attack: attack.model_fields["name"].default)
def test_what_reads_more_of_the_model_than_of_the_update_needs_it(attack, world):
    """An attack that says too little of itself would pass where it has no business."""
    reductions = attack().reductions(world.private.public.parameters) or ()
    if any(set(reduction.knows) - set(reduction.reads) for reduction in reductions):
        assert ThreatModel(knowledge="updates").refusal(attack.__name__, attack().needs_to_know("gradient"))


def test_the_default_grants_everything():
    assert all(ThreatModel().refusal("x", [one]) is None for one in EVERY)


def test_a_refusal_names_what_is_missing_and_what_would_do():
    assert ThreatModel(knowledge="aggregates").refusal("pca", {"updates", "broadcast"}) == (
        "pca needs updates and broadcast, but threat_model.knowledge is aggregates"
        " (choose broadcast or hyper_parameters, or leave the attack out)"
    )
    assert ThreatModel(knowledge="updates").refusal("pca", {"updates"}) is None
