"""How logistic regression chooses its penalty: by speakers it was not taught with."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

from attacks.attack import silent
from attacks.logistic import Logistic
from attacks.reduced_matrix import reduced_matrix
from attacks.shadow import speaker_weights
from attacks.splits import speaker_folds
from fedser.seeds import Stream
from fedser.updates.reductions import MeanInput

GRID = (10.0, 1e-3, 1e-1, 1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_c_is_the_best_on_held_out_speakers(world, seed, tmp_path):
    shadow = world.shadow.permuted(Stream(9))  # labels without meaning: the values of C differ in what they overfit
    x = StandardScaler().fit_transform(reduced_matrix(shadow.updates, MeanInput(layer="dense1"), silent))
    weights = speaker_weights(shadow.truth, shadow.speakers)
    fold = speaker_folds(shadow, 4, Stream(seed)("folds"))
    scores = {}
    for c in sorted(GRID):
        guess = np.empty_like(shadow.truth)
        for held in range(4):
            out = fold == held
            model = LogisticRegression(C=c, max_iter=2000)
            guess[out] = model.fit(x[~out], shadow.truth[~out], weights[~out]).predict(x[out])
        scores[c] = balanced_accuracy_score(shadow.truth, guess, sample_weight=weights)
    fitted = Logistic(regularisation=GRID, folds=4).fit(shadow, Stream(seed), tmp_path)
    assert fitted.learned.model.C in {c for c in scores if scores[c] >= max(scores.values()) - 0.01}
    assert min(scores.values()) < max(scores.values()) - 0.01


def test_of_equal_values_the_strongest_penalty_is_chosen(make_world, tmp_path):
    plain = make_world(strength=6.0, rounds=3)
    fitted = Logistic(regularisation=(0.02, 0.01, 0.015)).fit(plain.shadow, Stream(0), tmp_path)
    assert fitted.learned.model.C == 0.01


def test_penalties_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="regularisation: no value of C is given"):
        Logistic(regularisation=())
    with pytest.raises(ValueError, match="greater than 0"):
        Logistic(regularisation=(0.1, 0.0))
