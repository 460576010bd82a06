"""The attacker's view of stores, and the shadow's labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.shadow import Shadow, speaker_weights
from attacks.splits import held_out_speakers, held_out_updates, speaker_folds, spread
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError, InputError
from fedser.seeds import Stream
from fedser.updates.store import Capture, Row, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update


def test_gradients_are_those_sent_in_storage_order(world):
    updates = world.shadow.updates
    assert len(updates) == sum(len(store.rows()) for store in updates.stores.values())
    seen = [(s.public.training, u) for s in updates.stores.values() for r in s.read() for u in r.updates]
    for (training, update), row, gradient in zip(seen, updates.rows, updates.gradients("dense2"), strict=True):
        assert row == Row(training, update.round, update.client, update.examples)
        assert (gradient["weight"] == update.arrays["dense2.weight"]).all()
        assert (gradient["bias"] == update.arrays["dense2.bias"]).all()


def test_a_subset_keeps_its_order(world):
    part = world.private.subset([7, 3])
    assert part.rows == (world.private.rows[7], world.private.rows[3])
    assert (part.gradient(1, "dense1")["weight"] == world.private.gradient(3, "dense1")["weight"]).all()
    assert part.layers == ("dense1", "dense2", "dense3")


def test_the_broadcast_is_that_of_the_round(world):
    store = world.private.stores["private-0"]
    last = len(world.private) - 1
    assert (world.private.broadcast(last)["dense3.bias"] == store.broadcast(store.rounds[-1])["dense3.bias"]).all()


def test_layers_are_those_captured_everywhere(world, tmp_path):
    store = world.private.stores["private-0"]
    for name, layers in (("a", ("dense1", "dense2")), ("b", ("dense2", "dense3"))):
        public = store.public.model_copy(update={"training": name})
        StoreWriter(tmp_path / name, public, Capture(layers=layers)).begin()(next(iter(store.read())))
    both = UpdateSet.of([UpdateStore(tmp_path / "a"), UpdateStore(tmp_path / "b")])
    assert both.layers == ("dense2",)
    with pytest.raises(CaptureError, match=r"a: layer dense3 of client-0000 in round 1 was not captured$"):
        both.gradient(0, "dense3")


def test_stores_that_do_not_belong_together_are_refused(world, public, tmp_path):
    store = world.private.stores["private-0"]
    with pytest.raises(InputError, match=r"^no update store is given: there is nothing to attack$"):
        UpdateSet.of([])
    with pytest.raises(InputError, match=r"^two update stores of the same training: private-0, private-0$"):
        UpdateSet.of([store, store])
    sends = store.public.model_copy(update={"sends": "parameters", "training": "other"})
    StoreWriter(tmp_path, sends, Capture()).begin()
    with pytest.raises(InputError, match=r"^training other: its clients send parameters, but those of private-0 grad"):
        UpdateSet.of([store, UpdateStore(tmp_path)])


def updates_of(count: int, tmp_path_factory, public) -> UpdateSet:
    arrays = {"dense1.weight": np.zeros((1, 1), np.float32), "dense1.bias": np.zeros(1, np.float32)}
    folder = tmp_path_factory.mktemp("store")
    StoreWriter(folder, public("shadow-0", arrays), Capture()).begin()(
        Round(1, arrays, tuple(Update(1, f"client-{i:04d}", 1, arrays) for i in range(count)))
    )
    return UpdateSet.of([UpdateStore(folder)])


@pytest.fixture(scope="module")
def many(tmp_path_factory, public):
    return updates_of(60, tmp_path_factory, public)


@st.composite
def speakers(draw, least=2):
    """Speakers of 60 updates, and their values of two or three."""
    values = draw(st.integers(2, 3))
    labels = [v for v in range(values) for _ in range(draw(st.integers(least, 8)))]
    who = list(range(len(labels))) + draw(
        st.lists(st.integers(0, len(labels) - 1), min_size=60 - len(labels), max_size=60 - len(labels))
    )
    return tuple(labels[s] for s in who), tuple(f"s{s:02d}" for s in who), tuple("abc"[:values])


@given(speakers(), st.integers(0, 99))
def test_permuted_labels_say_nothing_of_the_truth(many, drawn, seed):
    shadow = Shadow(many, *drawn)
    other = shadow.permuted(Stream(seed))
    before, after = shadow.values, other.values
    assert sorted(before.values()) == sorted(after.values()) and before.keys() == after.keys()
    counts = np.zeros((3, 3))
    for name in before:
        counts[before[name], after[name]] += 1
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / len(before)
    assert np.abs(counts - expected).max() < 2
    assert other.permuted(Stream(seed)).speakers == shadow.speakers


def test_permutations_differ_between_seeds(many):
    shadow = Shadow(
        many, *(tuple(i % n for i in range(60)) for n in (2,)), tuple(f"s{i % 20}" for i in range(60)), ("a", "b")
    )
    assert len({shadow.permuted(Stream(seed)).labels for seed in range(10)}) > 5


@given(speakers())
def test_classes_weigh_equally_and_within_them_speakers(drawn):
    labels, names, classes = np.array(drawn[0]), np.array(drawn[1]), drawn[2]
    weights = speaker_weights(labels, drawn[1])
    assert weights.sum() == pytest.approx(60)
    for label in range(len(classes)):
        mine = labels == label
        assert weights[mine].sum() == pytest.approx(60 / len(classes))
        sums = [weights[names == name].sum() for name in set(names[mine])]
        assert sums == pytest.approx([sums[0]] * len(sums))


@given(speakers(), st.floats(0.05, 0.9), st.integers(0, 9))
def test_a_split_by_client_parts_no_speaker_and_keeps_every_value_on_both_sides(many, drawn, share, seed):
    shadow = Shadow(many, *drawn)
    held = set(held_out_speakers(shadow, share, Stream(seed)).tolist())
    sides = [{shadow.speakers[i] for i in range(60) if (i in held) == side} for side in (False, True)]
    assert not sides[0] & sides[1]
    for side in sides:
        assert {shadow.values[name] for name in side} == set(range(len(shadow.classes)))


@given(speakers(), st.integers(2, 6), st.integers(0, 9))
def test_folds_part_no_speaker_and_leave_every_value_to_train_on(many, drawn, folds, seed):
    shadow = Shadow(many, *drawn)
    fold = speaker_folds(shadow, folds, Stream(seed))
    of = {}
    for name, number in zip(shadow.speakers, fold.tolist(), strict=True):
        assert of.setdefault(name, number) == number
    for number in set(of.values()):
        assert {shadow.values[name] for name in of if of[name] != number} == set(range(len(shadow.classes)))


def test_a_split_by_update_is_the_papers(many):
    shadow = Shadow(many, (0, 1) * 30, tuple(f"s{i % 6}" for i in range(60)), ("a", "b"))
    held = held_out_updates(shadow, 0.2, Stream(0))
    assert len(held) == 12 and {shadow.speakers[i] for i in held} & {
        shadow.speakers[i] for i in range(60) if i not in held
    }


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 6), st.data())
def test_a_choice_of_updates_is_even_over_rounds(rounds, clients, trainings, data):
    rows = tuple(
        Row(f"shadow-{t}", r, f"client-{c}", 1) for t in range(trainings) for r in range(rounds) for c in range(clients)
    )
    size = data.draw(st.integers(1, len(rows)))
    chosen = spread(rows, size, Stream(data.draw(st.integers(0, 9))))
    assert len(set(chosen.tolist())) == size and (np.diff(chosen) > 0).all()
    per_training = np.bincount([int(rows[i].training[-1]) for i in chosen], minlength=trainings)
    assert np.abs(per_training - size / trainings).max() < 1 + 1e-9


def test_what_is_wrong_with_labels_is_said(many):
    names = tuple(f"s{i % 6}" for i in range(60))
    with pytest.raises(InputError, match=r"^shadow: 60 updates, 2 labels and 60 speakers; give one label"):
        Shadow(many, (0, 1), names, ("a", "b"))
    with pytest.raises(InputError, match=r"^shadow: classes \['a'\]; an attribute needs at least two values$"):
        Shadow(many, (0,) * 60, names, ("a",))
    with pytest.raises(InputError) as refusal:
        Shadow(many, (0, 3) + (0,) * 58, names, ("a", "b"))
    assert str(refusal.value).splitlines() == [
        "shadow labels: [3] lie outside 0 to 1",
        "shadow labels: no update of a speaker with the value 'b'",
        "shadow labels: speakers with more than one value: s1",
    ]


def test_a_single_speaker_of_a_value_cannot_be_held_out(many):
    shadow = Shadow(many, (0,) + (1,) * 59, ("lonely", *(f"s{i % 6}" for i in range(59))), ("female", "male"))
    with pytest.raises(InputError) as refusal:
        held_out_speakers(shadow, 0.2, Stream(0))
    assert str(refusal.value) == (
        "one shadow speaker only with the value female: none is left to validate on (add shadow corpora)"
    )
