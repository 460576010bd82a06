"""A fusion: what its members see, which of them it hears, and that a killed one goes on."""

import json

import numpy as np
import pytest

from attacks.bias import Bias
from attacks.cnn.attack import Cnn
from attacks.fusion import Fusion
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.moments import Moments
from attacks.permuted import Permuted
from attacks.pull_back import PullBack
from attacks.reduced import ReducedAttack
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream

QUICK = {"folds": 3, "regularisation": (1e-2,)}
MEMBERS = (Logistic(**QUICK), Bias(**QUICK))


def reached(attack, world, folder, layer="fused"):
    scores = attack.fit(world.shadow, Stream(11), folder).scores(world.private)[layer]
    return uar(confusion(world.truth, scores.argmax(axis=1), 2))


@pytest.fixture(scope="module")
def planted(make_world):
    return make_world(strength=2.0, speakers=40, rounds=6)


def test_it_hears_the_member_that_knows(planted, tmp_path):
    assert reached(Fusion(attacks=MEMBERS, folds=4), planted, tmp_path) > 0.9
    weights = json.loads((tmp_path / "weights.json").read_text())["weights"]
    assert list(weights) == ["0.logistic/dense1", "1.bias/all"]
    assert np.mean(weights["0.logistic/dense1"]) > 2 * np.mean(weights["1.bias/all"])


def test_together_they_find_what_each_finds_in_part(make_world, tmp_path):
    """Of an attribute that is weak in two places, two that read one of them each."""
    world = make_world(strength=0.7, speakers=60, rounds=6, planted="mean")
    alone = max(reached(one, world, tmp_path / one.name, "dense1") for one in (Logistic(**QUICK), PullBack(**QUICK)))
    fused = reached(Fusion(attacks=(Logistic(**QUICK), PullBack(**QUICK))), world, tmp_path / "fusion")
    assert fused > alone - 0.03


def test_nothing_is_found_where_there_is_nothing(make_world, tmp_path):
    absent = make_world(strength=0.0, speakers=40, rounds=6)
    assert abs(reached(Fusion(attacks=MEMBERS), absent, tmp_path) - 0.5) < 0.15
    control = Permuted(attack=Fusion(attacks=MEMBERS, folds=2), permutations=6)
    assert abs(reached(control, absent, tmp_path / "permuted") - 0.5) < 0.2


def test_members_are_weighed_by_speakers_that_they_do_not_know(planted, tmp_path, monkeypatch):
    taught = []
    fit = ReducedAttack._fit

    def watched(self, shadow, *rest):
        taught.append(set(shadow.speakers))
        return fit(self, shadow, *rest)

    monkeypatch.setattr(ReducedAttack, "_fit", watched)
    Fusion(attacks=MEMBERS, folds=4).fit(planted.shadow, Stream(1), tmp_path)
    everybody = set(planted.shadow.speakers)
    for member in (taught[:4], taught[4:8]):
        held = [everybody - known for known in member]
        assert sum(map(len, held)) == len(set().union(*held)) == len(everybody)
    assert taught[8:] == [everybody, everybody]


def test_what_was_killed_goes_on(planted, tmp_path, monkeypatch):
    attack = Fusion(attacks=MEMBERS, folds=3)
    whole = attack.fit(planted.shadow, Stream(1), tmp_path / "whole").scores(planted.private)["fused"]
    fits, fit = [], ReducedAttack._fit

    def killed(self, *rest):
        fits.append(self.name)
        if len(fits) == 5:
            raise KeyboardInterrupt
        return fit(self, *rest)

    monkeypatch.setattr(ReducedAttack, "_fit", killed)
    with pytest.raises(KeyboardInterrupt):
        attack.fit(planted.shadow, Stream(1), tmp_path / "killed")
    again = attack.fit(planted.shadow, Stream(1), tmp_path / "killed").scores(planted.private)["fused"]
    assert (again == whole).all() and fits[5:] == ["bias"] * 2 + ["logistic", "bias"]
    # With another seed nothing of it is taken.
    attack.fit(planted.shadow, Stream(2), tmp_path / "killed")
    assert len(fits) == 9 + 8


def test_a_damaged_file_is_told(planted, tmp_path):
    attack = Fusion(attacks=MEMBERS[:1], folds=2)
    attack.fit(planted.shadow, Stream(1), tmp_path)
    (file,) = (tmp_path / "member-0").glob("fold-1-*")
    file.write_bytes(b"half")
    with pytest.raises(CaptureError, match=r"fold-1-\w+\.safetensors: not a readable file of scores"):
        attack.fit(planted.shadow, Stream(1), tmp_path)


def test_layers_are_inputs_of_their_own(world, tmp_path):
    cnn = Cnn(layers=("dense2", "dense3"), convolutions=Cnn().convolutions[:1], hidden=(4,), epochs=1, max_updates=40)
    Fusion(attacks=(cnn,), folds=2, knots=1, penalty=(1.0,)).fit(world.shadow, Stream(1), tmp_path)
    weights = json.loads((tmp_path / "weights.json").read_text())["weights"]
    assert list(weights) == ["0.cnn/dense2", "0.cnn/dense3", "0.cnn/fused"]


def test_it_needs_what_its_members_need(world):
    shapes = world.shadow.updates.public.parameters
    fusion = Fusion(attacks=(PullBack(), Logistic(), Moments()))
    assert fusion.needs(shapes) == ("dense1", "dense2", "dense3")
    assert fusion.reductions(shapes) == tuple(one.reduction(shapes) for one in fusion.attacks)
    assert Fusion(attacks=(Logistic(), Cnn())).reductions(shapes) is None
    assert Fusion(attacks=(Logistic(), PullBack())).needs_to_know("gradient") == {"updates", "broadcast"}
    assert Fusion(attacks=(Logistic(shadow="aligned"),)).needs_to_know("gradient") == {"updates", "broadcast"}
    assert Fusion(attacks=(LeastSquares(),)).needs_to_know("gradient") == {"updates"}


def test_members_of_both_kinds_of_shadow_are_taught_each_with_its_own(planted, tmp_path, monkeypatch):
    """One training stands for aligned shadows here; everybody is asked about both."""
    first, second = planted.shadow.updates.stores
    shadow = Shadow(
        planted.shadow.updates,
        planted.shadow.labels,
        planted.shadow.speakers,
        planted.shadow.classes,
        aligned=frozenset([second]),
    )
    taught, fit = [], ReducedAttack._fit

    def watched(self, shadow, *rest):
        taught.append((self.name, {row.training for row in shadow.updates.rows}))
        return fit(self, shadow, *rest)

    monkeypatch.setattr(ReducedAttack, "_fit", watched)
    attack = Fusion(attacks=(Logistic(shadow="both", **QUICK), Bias(shadow="aligned", **QUICK)), folds=2)
    assert attack.mixed and attack.lessons() == (attack,) and attack.shadows == ("trained", "aligned")
    fitted = attack.fit(shadow, Stream(1), tmp_path)
    each = [("logistic", {first}), ("logistic", {second}), ("bias", {second})]
    assert taught == [each[0]] * 2 + [each[1]] * 2 + [each[2]] * 2 + each
    assert isinstance(planted.private, UpdateSet) and set(fitted.scores(planted.private)) == {"fused"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"attacks": ()}, "attacks: none is given"),
        ({"penalty": ()}, "penalty: none is given"),
        (
            {"shadow": "aligned", "attacks": ({"name": "logistic", "shadow": "both"},)},
            "attacks.0.shadow: both, but fusion decides what logistic learns from: give shadow to fusion",
        ),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Fusion.model_validate(settings)
