"""What every defense owes, whatever it does; and what each does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import TypeAdapter, ValidationError

from fedser.defenses import (
    DPSGD,
    Balance,
    Bottleneck,
    Clip,
    DefenseConfig,
    DPFedAvg,
    Dropout,
    FreezeFirst,
    LocalAggregation,
    Noise,
    PrivateFirst,
    Prune,
    Quantise,
    RandomFirst,
    SecureAggregation,
    Sign,
    Soteria,
    TopK,
    Unlearning,
    UserDP,
)
from fedser.defenses.adaptive_clip import AdaptiveClip
from fedser.defenses.objective import Objective
from fedser.defenses.turns import Schedule, Share, Turn
from fedser.defenses.wire import Wire
from fedser.models import MLP
from fedser.seeds import Stream
from fedser.updates.update import model_layers
from simulations.families import members

DEFENSES = [
    Dropout(rate=0.6),
    Dropout(rate=0.0, layer=2),
    Clip(norm=0.25),
    Clip(norm=1e9),
    Noise(sigma=0.3),
    Sign(),
    Sign(error_feedback=True),
    Quantise(),
    Quantise(bits=4, rounding="nearest"),
    Prune(share=0.7),
    Prune(share=0.7, within="array"),
    Prune(below=0.5),
    TopK(share=0.2),
    TopK(share=0.2, within="array", error_feedback=False),
    Soteria(share=0.4),
    Soteria(share=0.4, prunes="both"),
    FreezeFirst(),
    FreezeFirst(from_round=3),
    PrivateFirst(),
    RandomFirst(),
    RandomFirst(projection="orthonormal", seed=7),
    RandomFirst(projection="rademacher"),
    LocalAggregation(clients=1),
    LocalAggregation(clients=4),
    SecureAggregation(),
    SecureAggregation(protocol="secagg_plus", bits=20, shares=5, threshold=0.8),
    Unlearning(strength=0.5),
    Unlearning(strength=0.5, head="shared"),
    Bottleneck(strength=0.5, head="local"),
    Balance(),
    Balance(over="attribute"),
    Unlearning(strength=0.3, against="confusion", schedule="linear", layer=1),
    UserDP(epsilon=5.0),
    DPFedAvg(epsilon=8.0, clip=0.5),
    DPFedAvg(noise_multiplier=1.0, clip=0.5, noise="clients", accountant="prv"),
    DPFedAvg(noise_multiplier=1.0, clip=0.5, adaptive=AdaptiveClip(quantile=0.8)),
    DPSGD(epsilon=8.0),
    DPSGD(noise_multiplier=0.0, clip=1e9),
]
NEUTRAL = [
    Clip(norm=float("inf")),
    Prune(share=0.0),
    Prune(share=0.0, within="array"),
    Prune(below=0.0),
    TopK(share=1.0),
    TopK(share=1.0, within="array"),
    Soteria(share=0.0),
    Soteria(share=0.0, prunes="both"),
]
STREAM = Stream(4)("defense")
SCHEDULE = Schedule(clients=50, cohort=5, rounds=20, batch_size=20)
FINITE = st.floats(-100, 100, width=32)


def update(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"dense1.weight": (8, 5), "dense1.bias": (8,), "dense2.weight": (4, 8), "dense2.bias": (4,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def norm(arrays_):
    return float(np.sqrt(sum((array.astype(np.float64) ** 2).sum() for array in arrays_.values())))


def remembers(defense):
    """Whether a client keeps something of its updates, and not only parameters of its own."""
    return defense.keeps_state and defense.changes_update


def beside(defense):
    """What it has travel with a model of those arrays."""
    return {} if isinstance(defense, Dropout) else defense.beside(MLP(hidden=(8,), dropout=(0.2,)), 5, STREAM)


def same(one, other):
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_every_defense_is_examined():
    assert {type(defense) for defense in DEFENSES} == set(members(DefenseConfig))


@pytest.mark.parametrize("defense", DEFENSES, ids=repr)
class TestEveryDefense:
    def test_it_describes_itself_and_survives_json(self, defense):
        adapter = TypeAdapter(DefenseConfig)
        assert adapter.validate_json(adapter.dump_json(defense)) == defense
        assert defense.summary() and defense.source

    def test_names_shapes_and_type_stay(self, defense):
        given_, changed = update(), defense.on_update(update(), STREAM)
        assert {k: (v.shape, v.dtype) for k, v in changed.items()} == {k: (v.shape, v.dtype) for k, v in given_.items()}
        assert list(changed) == list(given_)

    def test_what_is_given_stays_as_it_is(self, defense):
        given_, kept = update(), defense.on_round(update(1), {}, STREAM)[1]
        defense.on_update(given_, STREAM)
        defense.on_round(given_, kept, STREAM)
        assert same(given_, update()) and same(kept, defense.on_round(update(1), {}, STREAM)[1])

    @pytest.mark.parametrize("before", [None, 0.2])
    def test_what_it_sends_is_no_longer_than_it_says(self, defense, before):
        given_, most = update(), defense.longest(before, {})
        if before is not None:
            given_ = Clip(norm=before).on_update(given_, STREAM)
        acting = defense.in_turn(Turn(SCHEDULE, Share(utterances=40, steps=2), update(1)))
        noisy = isinstance(acting, Noise) or getattr(acting, "deviation", 0.0) > 0
        assert most is None or noisy or norm(acting.on_update(given_, STREAM)) <= most * (1 + 1e-6)

    def test_the_stream_decides_everything(self, defense):
        assert same(defense.on_update(update(), STREAM), defense.on_update(update(), STREAM))

    def test_in_its_first_round_a_client_sends_what_it_would_without_a_memory(self, defense):
        sent, kept = defense.on_round(update(), {}, STREAM)
        assert same(sent, defense.on_update(update(), STREAM)) and bool(kept) == remembers(defense)

    def test_only_where_a_defense_keeps_anything_do_rounds_differ(self, defense):
        kept = defense.on_round(update(1), {}, STREAM)[1]
        later = defense.on_round(update(), kept, STREAM)[0]
        assert same(later, defense.on_update(update(), STREAM)) != remembers(defense)

    def test_it_says_whether_it_changes_updates(self, defense):
        if not defense.changes_update:
            assert same(defense.on_update(update(), STREAM), update())

    def test_what_acts_in_a_turn_keeps_names_and_what_is_given(self, defense):
        given_ = update()
        turn = Turn(SCHEDULE, Share(utterances=40, steps=2), update(1))
        changed = defense.in_turn(turn).on_update(given_, STREAM)
        assert same(given_, update()) and same(changed, defense.in_turn(turn).on_update(update(), STREAM))
        assert {k: (v.shape, v.dtype) for k, v in changed.items()} == {k: (v.shape, v.dtype) for k, v in given_.items()}

    def test_the_mean_keeps_names_and_what_is_given(self, defense):
        mean = update()
        changed = defense.on_mean(mean, update(1), SCHEDULE, STREAM)
        assert same(mean, update()) and same(changed, defense.on_mean(update(), update(1), SCHEDULE, STREAM))
        assert {k: (v.shape, v.dtype) for k, v in changed.items()} == {k: (v.shape, v.dtype) for k, v in mean.items()}
        assert defense.changes_mean or same(changed, mean)

    def test_only_what_promises_an_epsilon_states_one(self, defense):
        stated = defense.guarantees(SCHEDULE, {Share(utterances=40, steps=2): 3})
        assert bool(stated) == defense.private and all(one.epsilon > 0 and 0 < one.delta < 1 for one in stated)

    def test_a_cohort_is_divided_the_same_way_by_the_same_stream(self, defense):
        runs = defense.on_cohort(30, STREAM)
        assert runs == defense.on_cohort(30, STREAM)
        assert sorted(place for run in runs for group in run for place in group) == list(range(30))
        assert all(list(group) == sorted(group) for run in runs for group in run)
        assert any(len(group) > 1 for run in runs for group in run) == defense.changes_cohort

    def test_inputs_are_left_as_they_are_and_decide_where_it_says_so(self, defense):
        x = np.random.default_rng(5).normal(size=(7, 5)).astype(np.float32)
        sent, model, seen = update(), update(1), x.copy()
        changed = defense.on_inputs(sent, model, seen)
        assert same(sent, update()) and same(model, update(1)) and np.array_equal(seen, x)
        assert same(changed, update()) != defense.sees_inputs
        assert {k: (v.shape, v.dtype) for k, v in changed.items()} == {k: (v.shape, v.dtype) for k, v in sent.items()}

    def test_the_model_that_a_training_begins_with_keeps_names_shapes_and_type(self, defense):
        given_ = update()
        started = defense.on_start(given_)
        assert list(started) == list(given_) and same(given_, update()) and same(started, defense.on_start(update()))
        assert {k: (v.shape, v.dtype) for k, v in started.items()} == {k: (v.shape, v.dtype) for k, v in given_.items()}

    def test_it_says_whether_all_parameters_are_shared(self, defense):
        names = [*update(), *beside(defense)]
        said = [defense.on_parameters(names, number) for number in (1, 2, 3, 4)]
        assert all(set(roles) <= set(names) for roles in said) and any(said) == defense.changes_roles
        own = [{name for name, role in roles.items() if role == "own"} for roles in said]
        assert all(each == own[0] for each in own) and (not own[0] or defense.keeps_state)

    def test_what_travels_beside_the_model_is_the_streams_and_told_from_its_layers(self, defense):
        arrays_ = beside(defense)
        assert same(arrays_, beside(defense)) and all(array.dtype == np.float32 for array in arrays_.values())
        assert model_layers([*update(), *arrays_]) == model_layers(update())

    def test_batches_keep_their_number_and_sizes_and_are_of_the_clients_rows(self, defense):
        planned, y, attributes = (np.arange(5), np.arange(5, 8)), np.arange(8) % 3, np.arange(8) % 2
        batches = defense.on_batches(planned, y, attributes, STREAM)
        assert [len(batch) for batch in batches] == [5, 3] and set(np.concatenate(batches).tolist()) <= set(range(8))
        assert all(map(np.array_equal, batches, defense.on_batches(planned, y, attributes, STREAM)))
        assert defense.changes_batches or batches is planned

    @pytest.mark.parametrize("first", [None, Sign(), TopK(share=0.2, error_feedback=False)], ids=repr)
    def test_what_it_sends_fits_into_what_it_says_it_takes(self, defense, first):
        own = update()
        wire = Wire.dense(tuple(array.size for array in own.values()))
        for one in [first, defense] if first else [defense]:
            own, wire = one.on_update(own, STREAM), one.on_wire(wire)
        assert sum(map(np.count_nonzero, own.values())) <= wire.sent <= wire.entries
        values = [np.unique(array[array != 0] if wire.sparse else array) for array in own.values()]
        assert wire.bits == 32 or all(len(each) <= 2**wire.bits for each in values)
        if not defense.changes_update and not defense.changes_cohort and first is None:
            assert wire.bytes == 4 * wire.entries

    def test_the_model_keeps_its_widths(self, defense):
        assert defense.on_model(MLP()).hidden == MLP().hidden

    def test_it_is_finite_where_the_update_is(self, defense):
        nothing = {name: np.zeros_like(array) for name, array in update().items()}
        assert all(np.isfinite(array).all() for array in defense.on_update(nothing, STREAM).values())


@pytest.mark.parametrize("defense", NEUTRAL, ids=repr)
def test_a_neutral_setting_is_the_identity(defense):
    assert same(defense.on_update(update(), STREAM), update()) and not defense.keeps_state
    assert same(defense.on_inputs(update(), update(1), np.ones((3, 5), np.float32)), update())


def test_which_defenses_act_where():
    on_model = {type(defense) for defense in DEFENSES if defense.on_model(MLP()) != MLP()}
    on_update = {type(defense) for defense in DEFENSES if defense.changes_update}
    on_objective = {type(defense) for defense in DEFENSES if isinstance(defense, Objective)}
    on_cohort = {type(defense) for defense in DEFENSES if defense.changes_cohort}
    assert on_model == {Dropout} and on_cohort == {LocalAggregation, SecureAggregation}
    assert on_objective == {Unlearning, Bottleneck}
    on_batches = {type(defense) for defense in DEFENSES if defense.changes_batches}
    assert on_batches == {Balance}
    on_roles = {type(defense) for defense in DEFENSES if defense.changes_roles} - on_objective
    assert on_roles == {FreezeFirst, PrivateFirst, RandomFirst}
    on_gradient = {type(defense) for defense in DEFENSES if defense.changes_gradient}
    on_mean = {type(defense) for defense in DEFENSES if defense.changes_mean}
    assert on_gradient == {UserDP, DPSGD} and on_mean == {DPFedAvg}
    assert {type(defense) for defense in DEFENSES if defense.longest(None, {}) is not None} == {Clip, DPFedAvg}
    loosening = {type(defense) for defense in DEFENSES if defense.longest(0.2, {}) is None}
    assert loosening == on_update - {Clip, DPFedAvg, Noise}
    elsewhere = on_model | on_cohort | on_objective | on_batches | on_roles | {DPSGD}
    assert on_update == {type(defense) for defense in DEFENSES} - elsewhere


@given(arrays.arrays(np.float32, (3, 4), elements=FINITE), arrays.arrays(np.float32, (3,), elements=FINITE))
def test_clip_bounds_the_norm_over_all_layers_and_keeps_the_direction(weight, bias):
    given_ = {"a.weight": weight, "a.bias": bias}
    clipped = Clip(norm=2.0).on_update(given_, STREAM)
    if norm(given_) <= 2.0:
        assert same(clipped, given_)
    else:
        assert norm(clipped) == pytest.approx(2.0, rel=1e-5)
        factor = 2.0 / norm(given_)
        assert all(np.allclose(clipped[name], factor * given_[name], rtol=1e-5) for name in given_)


def test_a_norm_beyond_float32_is_clipped_too():
    clipped = Clip(norm=1.0).on_update({"a": np.full(4, 3e38, dtype=np.float32)}, STREAM)
    assert norm(clipped) == pytest.approx(1.0, rel=1e-5)


def test_noise_is_gaussian_with_its_deviation_and_independent():
    nothing = {"a": np.zeros((300, 300), np.float32), "b": np.zeros((300, 300), np.float32)}
    noise = Noise(sigma=0.3).on_update(nothing, STREAM)
    drawn = np.stack([noise["a"].ravel(), noise["b"].ravel()])
    assert drawn.std() == pytest.approx(0.3, rel=0.01) and abs(drawn.mean()) < 0.005
    assert abs(np.corrcoef(drawn)[0, 1]) < 0.02
    assert np.mean(np.abs(drawn) > 0.6) == pytest.approx(0.0455, abs=0.004)
    assert not np.array_equal(noise["a"], Noise(sigma=0.3).on_update(nothing, Stream(5))["a"])


def test_noise_is_added():
    noisy, alone = (Noise(sigma=0.3).on_update(u, STREAM) for u in (update(), {k: 0 * v for k, v in update().items()}))
    assert all(np.array_equal(noisy[name], array + alone[name]) for name, array in update().items())


def test_dropout_changes_one_rate():
    assert Dropout(rate=0.6).on_model(MLP()).dropout == (0.6, 0.2)
    assert Dropout(rate=0.4, layer=2).on_model(MLP()).dropout == (0.2, 0.4)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Dropout(rate=1.0), "less than 1"),
        (lambda: Dropout(rate=0.1, layer=0), "greater than or equal to 1"),
        (lambda: Clip(norm=0.0), "greater than 0"),
        (lambda: Noise(sigma=-1.0), "greater than 0"),
        (lambda: Noise(), "Field required"),
        (lambda: Quantise(bits=1), "greater than or equal to 2"),
        (lambda: Quantise(bits=17), "less than or equal to 16"),
        (lambda: Quantise(rounding="up"), "'stochastic' or 'nearest'"),
        (lambda: Prune(), "give either share or below"),
        (lambda: Prune(share=0.5, below=0.1), "give either share or below"),
        (lambda: Prune(share=1.0), "less than 1"),
        (lambda: TopK(), "Field required"),
        (lambda: TopK(share=0.0), "greater than 0"),
        (lambda: TopK(share=1.1), "less than or equal to 1"),
        (lambda: Prune(below=-0.1), "greater than or equal to 0"),
        (lambda: UserDP(), "Field required"),
        (lambda: UserDP(epsilon=float("inf")), "finite number"),
        (lambda: UserDP(epsilon=5.0, clip=float("inf")), "finite number"),
        (lambda: DPFedAvg(epsilon=5.0), "Field required"),
        (lambda: DPFedAvg(epsilon=5.0, clip=float("inf")), "finite number"),
        (lambda: DPFedAvg(clip=1.0), "give either epsilon or noise_multiplier"),
        (lambda: DPFedAvg(clip=1.0, epsilon=5.0, noise_multiplier=1.0), "give either epsilon or noise_multiplier"),
        (lambda: DPSGD(), "give either epsilon or noise_multiplier"),
        (lambda: DPSGD(epsilon=5.0, accountant="gdp"), "'rdp' or 'prv'"),
        (lambda: Prune(below=0.1, within="array"), "within: array, but below is the same for all arrays"),
        (
            lambda: SecureAggregation(bits=20, threshold=0.6),
            "bits, threshold: not of the simulated protocol; choose protocol: secagg_plus",
        ),
        (
            lambda: SecureAggregation(protocol="secagg_plus", shares=4),
            "shares: 4, but it is a client and its neighbours",
        ),
        (lambda: SecureAggregation(protocol="secagg_plus", bits=31), "less than or equal to 30"),
        (lambda: SecureAggregation(protocol="secagg_plus", threshold=0.5), "greater than 0.5"),
    ],
)
def test_senseless_settings_are_refused(make, text):
    with pytest.raises(ValidationError) as caught:
        make()
    assert text in str(caught.value)


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"^no hidden layer 3 \(choose from 1 to 2\)$"):
        Dropout(rate=0.1, layer=3).on_model(MLP())
