"""The server's average: numpy's weighted mean, the same to the last bit however its blocks come about."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.algorithms import average
from fedser.algorithms.average import BLOCKS, Average, block_sums, blocks, cut
from fedser.updates.update import PART

ARRAY = arrays.arrays(np.float32, (1, 2), elements=st.floats(-1e3, 1e3, width=32))


@st.composite
def cohorts(draw, most=6):
    """(n_k, arrays) of some clients, in order."""
    size = draw(st.integers(1, most))
    return [(draw(st.integers(1, 5000)), {"w": draw(ARRAY), "b": draw(ARRAY)}) for _ in range(size)]


def random_cohort(clients, seed):
    """The same of many clients, whose greatest values cancel, so that each order of summing leaves another rest."""
    rng = np.random.default_rng(seed)
    half = 10.0 ** rng.integers(5, 25, (clients, 5))
    values = np.concatenate([half[: clients // 2], -half[: clients // 2], rng.normal(size=(clients % 2, 5))])
    return [(7, {"w": row}) for row in rng.permutation(values, axis=0).astype(np.float32)]


def weighted_mean(sent):
    average = Average(len(sent))
    for examples, each in sent:
        average.add(examples, each)
    return average.mean()


def by_blocks(sent, groups):
    """The mean of sums that each group of whole blocks has made by itself."""
    average, first = Average(len(sent)), 0
    for group in groups:
        stop = group[-1].stop
        for block in block_sums(len(sent), first, iter(sent[first:stop])):
            average.add_block(block)
        first = stop
    return average.mean()


@st.composite
def groupings(draw, most=200):
    """A number of clients, and their blocks cut into groups."""
    clients = draw(st.integers(1, most) | st.integers(1000, 1200))
    whole = blocks(clients)
    ends = [0, *sorted(draw(st.sets(st.integers(1, len(whole))))), len(whole)]
    return clients, [whole[start:stop] for start, stop in itertools.pairwise(ends) if start < stop]


@given(cohorts())
def test_it_is_numpys_weighted_average(sent):
    mean = weighted_mean(sent)
    weights = [examples for examples, _ in sent]
    assert list(mean) == ["w", "b"]
    for name, array in mean.items():
        expected = np.average([each[name].astype(np.float64) for _, each in sent], axis=0, weights=weights)
        assert array.dtype == np.float32 and np.allclose(array, expected, rtol=1e-6, atol=1e-9)


@given(clients=st.integers(1, 300), seed=st.integers(0, 9))
def test_it_is_rounded_once(clients, seed):
    """To float32 from a float64 sum: the nearest float32 to the mean, or its neighbour."""
    rng = np.random.default_rng(seed)
    values, counts = rng.normal(size=(clients, 50)).astype(np.float32), rng.integers(1, 5000, clients)
    mean = weighted_mean([(int(n), {"w": row}) for n, row in zip(counts, values, strict=True)])["w"]
    exact = np.average(values.astype(np.longdouble), axis=0, weights=counts)
    assert (np.abs(mean - exact) <= 0.5000001 * np.spacing(np.abs(mean))).all()


@given(groupings(), st.integers(0, 9))
def test_it_is_the_same_to_the_bit_however_the_blocks_are_grouped(case, seed):
    clients, groups = case
    sent = random_cohort(clients, seed)
    assert by_blocks(sent, groups)["w"].tobytes() == weighted_mean(sent)["w"].tobytes()


def test_in_another_order_or_without_blocks_it_would_be_another():
    """So that the test before can fail: these values do round differently."""
    sent = random_cohort(40, 0)
    plain = sum(examples * each["w"].astype(np.float64) for examples, each in sent) / 280
    found, reverse = (weighted_mean(clients)["w"] for clients in (sent, sent[::-1]))
    assert not np.array_equal(found, plain.astype(np.float32)) and not np.array_equal(found, reverse)


def test_updates_and_sums_of_blocks_mix():
    sent = random_cohort(70, 1)
    whole = blocks(70)
    average = Average(70)
    for examples, each in sent[: whole[3].stop]:
        average.add(examples, each)
    for block in block_sums(70, whole[4].start, sent[whole[4].start :]):
        average.add_block(block)
    assert average.mean()["w"].tobytes() == weighted_mean(sent)["w"].tobytes()


def test_sums_are_in_the_order_of_the_clients():
    values = [1e30, -1e30, 3.0]
    for order, mean in {(0, 1, 2): 1.0, (1, 0, 2): 1.0, (0, 2, 1): 0.0, (2, 1, 0): 0.0}.items():
        found = weighted_mean([(1, {"w": np.full(2, values[place], np.float32)}) for place in order])
        assert found["w"].tolist() == [mean, mean]


def test_a_blocks_sum_bears_its_number_and_examples():
    sent = random_cohort(40, 2)
    whole = blocks(40)
    sums = list(block_sums(40, whole[5].start, sent[whole[5].start : whole[8].stop]))
    assert [block.block for block in sums] == [5, 6, 7, 8]
    for found, places in zip(sums, whole[5:9], strict=True):
        clients = [sent[place] for place in places]
        assert found.examples == sum(examples for examples, _ in clients)
        expected = sum(examples * each["w"].astype(np.float64) for examples, each in clients)
        assert np.array_equal(found.sums["w"].numpy(), expected)


@given(cohorts())
def test_it_lies_between_the_least_and_the_greatest(sent):
    stack = np.stack([each["w"] for _, each in sent])
    mean = weighted_mean(sent)["w"]
    slack = 1e-6 * np.abs(stack).max()
    assert (mean >= stack.min(axis=0) - slack).all() and (mean <= stack.max(axis=0) + slack).all()


@given(arrays.arrays(np.float32, (2, 3), elements=st.floats(width=32, allow_nan=False)), st.integers(1, 2**29))
def test_one_client_alone_is_its_own_mean(array, examples):
    """Whatever it sent, infinite and subnormal numbers and the sign of zero included."""
    assert weighted_mean([(examples, {"w": array})])["w"].tobytes() == array.tobytes()


@given(cohorts(), st.integers(2, 7))
def test_only_the_shares_of_the_examples_count(sent, factor):
    one, other = weighted_mean(sent), weighted_mean([(factor * examples, each) for examples, each in sent])
    assert all(np.allclose(one[name], other[name], rtol=1e-6, atol=1e-6) for name in one)


@given(cohorts())
def test_what_was_sent_stays_as_it_is(sent):
    before = [{name: array.tobytes() for name, array in each.items()} for _, each in sent]
    weighted_mean(sent)
    by_blocks(sent, [blocks(len(sent))])
    assert before == [{name: array.tobytes() for name, array in each.items()} for _, each in sent]


def test_what_was_sent_in_double_precision_stays_too():
    """A defense may widen its arrays, and these go to the store meanwhile."""
    sent = [(7, {"w": np.ones(3)}), (9, {"w": np.ones(3)})]
    assert weighted_mean(sent)["w"].tolist() == [1, 1, 1]
    assert all(each["w"].tolist() == [1, 1, 1] for _, each in sent)


def test_read_only_and_strided_arrays_are_averaged():
    wide = np.arange(24, dtype=np.float32).reshape(4, 6)
    odd = np.broadcast_to(np.float32(2), (2, 3))
    found = weighted_mean([(1, {"w": wide[::2, ::2]}), (3, {"w": odd})])["w"]
    assert np.array_equal(found, (wide[::2, ::2] + 3 * odd) / 4)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (5, 7)])
def test_what_may_not_be_written_to_is_not_copied(shape):
    sent = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    sent.flags.writeable = False
    seen = average._tensor(sent)
    assert seen.data_ptr() == (sent.ctypes.data if sent.size else 0) and seen.shape == sent.shape
    opened = sent.copy()
    found, expected = (weighted_mean([(3, {"w": each}), (4, {"w": each})])["w"] for each in (sent, opened))
    assert found.tobytes() == expected.tobytes() and sent.tobytes() == opened.tobytes()


@given(st.integers(1, 200_000))
def test_blocks_are_all_places_in_order_and_of_nearly_one_size(clients):
    whole = blocks(clients)
    sizes = [len(block) for block in whole]
    assert whole[0].start == 0 and whole[-1].stop == clients
    assert all(one.stop == other.start for one, other in itertools.pairwise(whole))
    assert max(sizes) - min(sizes) <= 1 and min(sizes) >= 1 and max(sizes) <= PART
    assert len(whole) == min(clients, max(BLOCKS, -(-clients // PART)))


@given(st.integers(0, 500), st.integers(1, 600))
def test_a_cut_covers_all_in_order_with_sizes_within_one(total, pieces):
    runs = cut(total, pieces)
    assert [place for run in runs for place in run] == list(range(total)) and len(runs) == pieces
    assert max(map(len, runs)) - min(map(len, runs)) <= 1


@pytest.mark.parametrize("clients", [1, 16, 17, 63, 64, 65, 1024, 1025])
def test_the_number_of_blocks_at_its_bounds(clients):
    assert [len(blocks(clients)), max(map(len, blocks(clients)))] == {
        1: [1, 1],
        16: [16, 1],
        17: [16, 2],
        63: [16, 4],
        64: [16, 4],
        65: [16, 5],
        1024: [16, 64],
        1025: [17, 61],
    }[clients]
