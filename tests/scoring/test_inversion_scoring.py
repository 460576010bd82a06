"""Rebuilt beside true utterances: pairing by hand, chance, what is missing, and what is read off."""

import numpy as np
import pandas as pd
import pytest

from attacks.inversion.inverter import Rebuilt
from fedser.seeds import Stream
from simulations.scoring import AttackScores, Scores, Truth
from simulations.scoring.inversion import (
    INVERSION_NUMBERS,
    INVERSION_WORDS,
    UPDATES_NUMBERS,
    UPDATES_WORDS,
    Inverted,
    inversion_table,
    likeness,
    updates_table,
)
from simulations.true_inputs import Inputs

NOTHING = Rebuilt(np.empty((0, 6), np.float32), np.empty(0, np.int64))


def test_the_best_pairing_by_hand() -> None:
    # Greedily 0 would take the first; together, 0.8 + 0.96 of the other pairing is more than 1 + 0.6.
    true = Inputs(np.array([[1, 0], [0.8, 0.6]], np.float32), np.array([0, 1]), 2)
    found = likeness(Rebuilt(np.array([[2, 0], [0.6, 0.8]], np.float32), np.array([0, 0])), true)
    assert found == {"cosine": pytest.approx((1 + 0.96) / 2), "above_0.9": 1.0, "class_accuracy": 0.5}
    swapped = likeness(Rebuilt(np.array([[0.6, 0.8], [2, 0]], np.float32), np.array([1, 0])), true)
    assert swapped == {"cosine": pytest.approx((1 + 0.96) / 2), "above_0.9": 1.0, "class_accuracy": 1.0}


def test_what_was_not_rebuilt_counts_as_not_near_and_has_no_cosine() -> None:
    true = Inputs(np.eye(4, 6, dtype=np.float32), np.array([0, 1, 2, 3]), 4)
    one = likeness(Rebuilt(true.x[2:3], np.array([2])), true)
    assert one == {"cosine": pytest.approx(1.0), "above_0.9": 0.25, "class_accuracy": 1.0}
    none = likeness(NOTHING, true)
    assert np.isnan(none["cosine"]) and np.isnan(none["class_accuracy"]) and none["above_0.9"] == 0.0


def made(known: bool, speakers: int = 10, updates: int = 4, seed: int = 0) -> list[Inverted]:
    """Speakers' updates of three utterances, rebuilt exactly, or drawn."""
    generator = np.random.default_rng(seed)
    draw = lambda: (generator.standard_normal((3, 40)).astype(np.float32), generator.integers(0, 4, 3))  # noqa: E731
    found = []
    for speaker in range(speakers):
        for number in range(updates):
            true, others, other = draw(), draw(), draw()
            rebuilt = Rebuilt(*true) if known else Rebuilt(*other)
            inputs = (Inputs(*each, 4) for each in (true, others))
            found.append(Inverted("some", "private-0", number + 1, f"c{speaker}", rebuilt, *inputs))
    return found


def table_of(found: list[Inverted]) -> tuple[pd.DataFrame, pd.DataFrame]:
    updates = updates_table(found)
    names = sorted(set(updates["client"]))
    clients = pd.DataFrame(
        [("private-0", name, f"s{name}", place % 2) for place, name in enumerate(names)],
        columns=["training", "client", "speaker", "value"],
    )
    truth = Truth("gender", ("female", "male"), clients)
    right = clients.set_index("client")["value"][updates["client"]].to_numpy()
    read = AttackScores("some", "inversion", updates[["training", "round", "client"]], np.eye(2)[right])
    scores = Scores(bootstrap=200, permutations=99)
    table = inversion_table(updates, [read], truth, scores, Stream(1))
    assert list(table.columns) == INVERSION_WORDS + INVERSION_NUMBERS
    assert list(updates.columns) == UPDATES_WORDS + UPDATES_NUMBERS
    return table.set_index("metric"), updates


def test_what_is_rebuilt_is_near_and_what_is_drawn_at_chance() -> None:
    exact, _ = table_of(made(True))
    assert exact.loc["cosine", "value"] == pytest.approx(1.0) and exact.loc["cosine", "chance"] < 0.4
    assert exact.loc["reconstructed", "value"] == exact.loc["above_0.9", "value"] == 1.0
    assert exact.loc["uar", ["value", "chance", "n", "speakers"]].tolist() == [1.0, 0.5, 40, 10]
    inside = []
    for seed in range(12):
        drawn, _ = table_of(made(False, seed=seed))
        inside.append(
            drawn.loc["cosine", "low"] - 0.03 < drawn.loc["cosine", "chance"] < drawn.loc["cosine", "high"] + 0.03
        )
    assert np.mean(inside) > 0.8


def test_speakers_count_alike_and_empty_updates_are_left_out_of_the_cosine() -> None:
    found = made(True, speakers=2)
    # The second speaker has one update with utterances, and three without.
    found = found[:5] + [
        Inverted(o.attack, o.training, o.round, o.client, NOTHING, o.true, o.others) for o in found[5:]
    ]
    table, updates = table_of(found)
    assert table.loc["reconstructed", "value"] == table.loc["above_0.9", "value"] == pytest.approx((1 + 0.25) / 2)
    assert table.loc["cosine", "value"] == pytest.approx(1.0) and table.loc["cosine", "n"] == 5
    assert updates["reconstructed"].tolist() == [3] * 5 + [0] * 3


def test_nothing_at_all_is_no_error() -> None:
    found = [Inverted(o.attack, o.training, o.round, o.client, NOTHING, o.true, o.others) for o in made(True)]
    table, _ = table_of(found)
    assert table.loc["cosine", ["value", "low", "high", "chance"]].isna().all() and table.loc["cosine", "n"] == 0
    assert table.loc["reconstructed", "value"] == 0.0
