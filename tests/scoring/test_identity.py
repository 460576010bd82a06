"""Re-identification: planted voices are found again, absent ones are not, and the control stays at chance."""

import numpy as np
import pandas as pd
import pytest

from fedser.errors import InputError
from fedser.seeds import Stream
from simulations.identity import Identity
from simulations.scoring import Scores
from simulations.scoring.identity import DET_NUMBERS, IDENTITY_COLUMNS, identity_tables
from simulations.scoring.linkage import Embedded, link

SCORES = Scores(bootstrap=200)


def made(strength, speakers=16, rounds=20, folds=2, parts=1, seed=0, dims=12):
    """Each speaker's updates lie around a direction of his or her own, ``strength`` times as long as the noise."""
    rng = np.random.default_rng(seed)
    voices = rng.normal(size=(speakers, dims))
    rows, vectors, clients = [], [], []
    for fold in range(folds):
        for speaker in range(speakers):
            for part in range(parts):
                clients.append((f"private-{fold}", f"c{speaker}-{part}", f"s{speaker:02d}"))
                for number in range(rounds // parts):
                    rows.append((f"private-{fold}", 1 + number * parts + part, f"c{speaker}-{part}"))
                    vectors.append(strength * voices[speaker] + rng.normal(size=dims))
    found = np.array(vectors)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    updates = pd.DataFrame(rows, columns=["training", "round", "client"])
    table = pd.DataFrame(clients, columns=["training", "client", "who"])
    return Embedded("lda-mean_input", updates, found.astype(np.float32)), table


def rows_of(one, clients, identity=None, scores=SCORES):
    identity = identity or Identity(permutations=3)
    table, curves = identity_tables([one], clients, identity, scores, Stream(1))
    assert list(table.columns) == IDENTITY_COLUMNS
    return table, table[table["gap"] == "all"].set_index(["gallery", "observed", "metric"]), curves


@pytest.mark.parametrize("probes", ["later", "clients"])
def test_planted_voices_are_found_again_and_more_updates_tell_more(probes):
    _, rows, _ = rows_of(*made(0.5, parts=2), Identity(probes=probes, permutations=3))
    first, last = rows.loc[("known", 1, "rank1")], rows.loc[("known", 5, "rank1")]
    assert first["low"] > first["chance"] == 1 / 16 and last["value"] > first["value"] + 0.1
    assert rows.loc[("known", 1, "rank5"), "value"] > first["value"]
    assert rows.loc[("known", 5, "eer"), "value"] < rows.loc[("known", 1, "eer"), "value"] < 0.4
    for observed in (1, 3, 5):
        for metric in ("rank1", "rank5", "eer"):
            control = rows.loc[("permuted", observed, metric)]
            assert control["low"] - 0.05 <= control["chance"] <= control["high"] + 0.05


def test_sure_voices_are_found_without_error_at_the_stated_resolution():
    table, rows, curves = rows_of(*made(50.0))
    for metric, value in (("rank1", 1.0), ("rank5", 1.0), ("eer", 0.0)):
        assert rows.loc[("known", 1, metric), "value"] == value
    assert rows.loc[("known", 1, "eer"), "n"] == 2 * 16 * 10 == 1 / rows.loc[("known", 1, "eer"), "resolution"]
    assert rows.loc[("known", 3, "rank1"), "n"] == 2 * 16 * 3 and set(rows["speakers"]) == {16}
    assert curves[DET_NUMBERS].notna().all().all() and curves["false_rejection"].max() == 1.0
    gaps = table[(table["gap"] != "all")]
    assert len(gaps) == 3 and set(gaps["observed"]) == {1} and (gaps["value"] == 1.0).all()


def test_absent_voices_are_not_found():
    inside = []
    for seed in range(12):
        _, rows, _ = rows_of(*made(0.0, seed=seed), Identity(observed=(1,), permutations=1))
        for metric in ("rank1", "rank5", "eer"):
            row = rows.loc[("known", 1, metric)]
            assert abs(row["value"] - row["chance"]) < 0.15
            inside.append(row["low"] <= row["chance"] <= row["high"])
    assert np.mean(inside) > 0.8


def test_nobody_is_compared_with_the_updates_that_are_known_of_him():
    one, clients = made(1.0, speakers=3, rounds=6, folds=1)
    numbered = clients.assign(who=np.unique(clients["who"], return_inverse=True)[1])
    for side, parts in (("later", 1), ("clients", 2)):
        one, clients = made(1.0, speakers=3, rounds=6, folds=1, parts=parts)
        numbered = clients.assign(who=np.unique(clients["who"], return_inverse=True)[1])
        (found,) = link(one, numbered, side, 5, 1, Stream(2))
        assert found.scores.shape == (9, 3) and np.bincount(found.own).tolist() == [3, 3, 3]
        assert (np.abs(found.scores) < 1 - 1e-6).all()  # no probe is its own gallery
        assert (found.gap > 0).all() if side == "later" else (found.gap.mean() > 0)


def test_persons_of_several_sessions_are_one():
    one, clients = made(50.0, speakers=8)
    clients = clients.assign(who=[f"p{int(name[1:]) // 2}" for name in clients["who"]])
    _, rows, _ = rows_of(one, clients)
    assert rows.loc[("known", 1, "rank1"), "chance"] == 1 / 4 and rows.loc[("known", 1, "rank1"), "speakers"] == 4


def test_too_few_updates_are_refused():
    one, clients = made(1.0, rounds=1)
    with pytest.raises(InputError, match=r"^identity: in no training do two speakers have updates on both sides"):
        rows_of(one, clients)
