"""What every membership attack promises, over the whole union; and the two science tests."""

import random
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from sklearn.metrics import roc_auc_score

from attacks.knowledge import grants
from attacks.membership import MembershipConfig
from attacks.membership.cosine import Cosine
from attacks.membership.gradient_norm import GradientNorm
from attacks.membership.lira import Lira
from attacks.membership.loss import Loss
from attacks.membership.loss_rounds import LossRounds
from attacks.membership.projection import Projection
from attacks.membership.random import Random
from fedser.seeds import Stream

ATTACKS = [
    Cosine(rehearsals=1),
    GradientNorm(),
    Lira(),
    Loss(),
    LossRounds(every=2),
    Projection(rehearsals=1),
    Random(),
]
POOLINGS = {
    "cosine": {"mean", "kolmogorov", "gradient"},
    "gradient_norm": {"mean", "kolmogorov", "gradient"},
    "projection": {"mean", "kolmogorov", "gradient"},
}
each = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


FITTED = {}


def scored(attack, world, target=None, candidates=None, fresh=False):
    """By unit and pooling; the attack is fitted once per world, unless it is to be ``fresh``."""
    place = attack, world.target.captured
    if fresh or place not in FITTED:
        FITTED[place] = attack.fit(world.shadows, Stream(3))
    found = FITTED[place].scores(candidates or world.candidates, target or world.target, Stream(3)("t"))
    return {(one.unit, one.pooling): one for one in found}


def area(world, found):
    return roc_auc_score(world.trained, found["utterance", "each"].scores)


def test_the_battery_covers_the_union():
    assert set(get_args(get_args(MembershipConfig)[0])) == {type(attack) for attack in ATTACKS}


@each
def test_it_is_one_entry_of_the_configuration(attack):
    adapter = TypeAdapter(MembershipConfig)
    assert adapter.validate_json(adapter.dump_json(attack)) == attack
    assert attack.summary() and attack.source


@each
def test_every_record_and_every_speaker_is_scored(attack, overfitted):
    found = scored(attack, overfitted)
    poolings = POOLINGS.get(attack.name, {"mean", "kolmogorov"})
    assert set(found) == {("utterance", "each")} | {("speaker", pooling) for pooling in poolings}
    for (unit, _), one in found.items():
        assert one.scores.shape == ((96,) if unit == "utterance" else (12,))
        assert np.isfinite(one.scores).all()
    assert np.isfinite(found["utterance", "each"].threshold)


@each
def test_the_same_seed_gives_the_same_scores(attack, overfitted):
    first, second = scored(attack, overfitted), scored(attack, overfitted, fresh=True)
    assert all((first[key].scores == second[key].scores).all() for key in first)
    assert all(first[key].threshold == second[key].threshold or np.isnan(first[key].threshold) for key in first)


@each
def test_it_reads_no_more_than_it_says(attack, overfitted):
    """Without what is not granted it scores the same."""
    target, nowhere = overfitted.target, Path("nowhere")
    if not attack.reads_updates:
        target = replace(target, captured=nowhere)
    if attack.knowledge in ("nothing", "broadcast"):
        target = replace(target, final={})
    assert attack.reads_updates == grants(attack.knowledge, "updates")
    whole, granted = scored(attack, overfitted), scored(attack, overfitted, target=target)
    assert all((whole[key].scores == granted[key].scores).all() for key in whole)


@pytest.mark.parametrize("attack", ATTACKS[:-1], ids=lambda attack: attack.name)
def test_scores_keep_the_order_of_the_candidates(attack, overfitted):
    order = np.random.default_rng(0).permutation(96)
    people = overfitted.candidates
    shuffled = replace(people, x=people.x[order], y=people.y[order], speaker=people.speaker[order])
    straight, mixed = scored(attack, overfitted), scored(attack, overfitted, candidates=shuffled)
    for key, one in straight.items():
        expected = one.scores[order] if key[0] == "utterance" else one.scores
        np.testing.assert_allclose(mixed[key].scores, expected, rtol=1e-3, atol=1e-4)


@each
def test_no_global_generator_is_touched(attack, overfitted):
    before = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    scored(attack, overfitted, fresh=True)
    after = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    assert before[:2] == after[:2] and before[3] == after[3] and torch.equal(before[2], after[2])


@each
def test_members_of_an_overfitted_model_are_found(attack, overfitted):
    # A record that is fitted has hardly a gradient left to project: this one looks at the first round only.
    early = {"projection": Projection(every=100)}
    expected = {"random": (0.3, 0.7), "projection": (0.6, 1.0), "cosine": (0.8, 1.0), "lira": (0.75, 1.0)}
    low, high = expected.get(attack.name, (0.85, 1.0))
    assert low <= area(overfitted, scored(early.get(attack.name, attack), overfitted)) <= high


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.name not in ("random", "projection")], ids=lambda a: a.name)
def test_speakers_of_an_overfitted_model_are_found(attack, overfitted):
    found = scored(attack, overfitted)["speaker", "mean"]
    assert roc_auc_score(np.arange(12) < 9, found.scores) >= 0.85


@each
def test_a_model_that_never_saw_the_candidates_says_nothing_of_them(attack, unrelated):
    # Of 36 members and 60 others, an AUC by chance has a standard deviation of 0.06.
    assert 0.3 < area(unrelated, scored(attack, unrelated)) < 0.7


@each
def test_thresholds_do_not_depend_on_the_target(attack, overfitted, unrelated):
    one = scored(attack, overfitted)
    other = scored(attack, overfitted, target=replace(overfitted.target, final=overfitted.shadows.trainings[0].final))
    assert all(one[key].threshold == other[key].threshold or np.isnan(one[key].threshold) for key in one)


def test_the_threshold_of_shadows_tells_private_members(overfitted):
    one = scored(Loss(), overfitted)["utterance", "each"]
    said = one.scores >= one.threshold
    assert (said == overfitted.trained).mean() > 0.8
