"""The defenses that act on the cohort: who is seen together."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.defenses import LocalAggregation, SecureAggregation, grouping
from fedser.errors import InputError
from fedser.seeds import Stream
from fedser.updates.update import PART

STREAM = Stream(4)("groups", 1)


def groups(defense, clients, stream=STREAM):
    return [group for run in defense.on_cohort(clients, stream) for group in run]


@given(st.integers(1, 1500), st.integers(1, 200))
def test_every_client_is_in_one_group_and_none_is_too_small(clients, k):
    defense = LocalAggregation(clients=k)
    if clients < k:
        with pytest.raises(InputError):
            defense.on_cohort(clients, STREAM)
        return
    runs = defense.on_cohort(clients, STREAM)
    places = [sorted(place for group in run for place in group) for run in runs]
    assert [place for run in places for place in run] == list(range(clients))  # runs of the sorted clients, in order
    sizes = [len(group) for run in runs for group in run]
    assert k <= min(sizes) and max(sizes) < 2 * k
    assert all(max(map(len, run)) - min(map(len, run)) <= 1 for run in runs)
    assert k == 1 or max(map(len, runs)) <= PART  # a part of a round holds no more updates


@pytest.mark.parametrize(
    ("clients", "k", "sizes"),
    [(19, 5, [6, 6, 7]), (19, 10, [19]), (20, 10, [10, 10]), (5, 2, [2, 3]), (2, 2, [2]), (3, 1, [1, 1, 1])],
)
def test_clients_left_over_are_spread(clients, k, sizes):
    assert sorted(map(len, groups(LocalAggregation(clients=k), clients))) == sizes


def test_any_two_clients_meet_equally_often():
    """4 clients in pairs: each of the 6 pairs in a third of the rounds, 200 of 600 on average, deviation 12."""
    met = Counter(
        pair for number in range(600) for pair in groups(LocalAggregation(clients=2), 4, Stream(4)("groups", number))
    )
    assert len(met) == 6 and all(abs(times - 200) < 50 for times in met.values())


def test_the_sum_alone_is_of_all():
    assert SecureAggregation().on_cohort(5, STREAM) == (((0, 1, 2, 3, 4),),)
    assert SecureAggregation().sum_alone and not LocalAggregation(clients=5).sum_alone


@given(st.integers(2, 2**16 - 1))
def test_a_sum_of_entries_fits_the_ring_and_no_bit_more_would(clients):
    bits = SecureAggregation(protocol="secagg_plus").bits_among(clients)
    assert clients * 2**bits < 2**32 and (bits == 30 or clients * 2 ** (bits + 1) >= 2**32)


def test_what_is_not_chosen_is_not_in_the_label():
    chosen = SecureAggregation(protocol="secagg_plus", bits=20)
    assert SecureAggregation().label == "secure_aggregation" and not SecureAggregation().between_nodes
    assert chosen.label == "secure_aggregation(protocol=secagg_plus bits=20)" and chosen.between_nodes


def test_a_group_of_one_is_no_defense():
    one, two, secure = LocalAggregation(clients=1), LocalAggregation(clients=2), SecureAggregation()
    assert [defense.changes_cohort for defense in (one, two, secure)] == [False, True, True]
    assert grouping([one]) is None and grouping([one, two]) is two and grouping([secure]) is secure


@pytest.mark.parametrize(
    ("defense", "clients", "text"),
    [
        (
            LocalAggregation(clients=5),
            2,
            "local_aggregation.clients: 5, but a round has 2"
            " (choose at most that, or raise algorithm.client_fraction or partition.parts)",
        ),
        (
            SecureAggregation(),
            1,
            "secure_aggregation: a round has one client, whose update the sum would be"
            " (raise algorithm.client_fraction or partition.parts)",
        ),
        (
            SecureAggregation(protocol="secagg_plus", bits=30),
            20,
            "secure_aggregation.bits: 30, but a sum of 20 clients leaves 27 of 32 (choose from 16 to that, or lower"
            " algorithm.client_fraction)",
        ),
    ],
    ids=["local", "secure", "ring"],
)
def test_too_few_clients_or_too_many_are_refused(defense, clients, text):
    with pytest.raises(InputError) as caught:
        defense.on_cohort(clients, STREAM)
    assert str(caught.value) == text
