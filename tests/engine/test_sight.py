"""What is seen of a round where clients meet before the server; and that nothing else changes by it."""

from itertools import accumulate, pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Clip, LocalAggregation, Noise, SecureAggregation
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.loop import Wanted
from fedser.engine.parts import Reply, part_of, shares
from fedser.engine.sight import Sight
from fedser.errors import ConfigError, InputError
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.updates.store import UpdateStore
from fedser.updates.update import PART, Update

SINGLE, STACKED = (Cohort(workers=1, method=method) for method in ("single", "stacked"))
EVERYBODY = {"fedsgd": FedSGD(client_fraction=1.0), "fedavg": FedAvg(client_fraction=1.0)}
PAIRS, SUM = LocalAggregation(clients=2), SecureAggregation()
BY_PART = 2 * PART + 40


def reply(place, examples, value):
    arrays = {"dense1.bias": np.array([value, -value], np.float32)}
    return Reply(Update(3, f"client-{place:05d}", examples, arrays), 0.5)


def parts_of(replies):
    runs = shares(len(replies))
    return [part_of(index, len(runs), [replies[place] for place in run]) for index, run in enumerate(runs)]


def test_a_group_is_seen_as_its_weighted_mean():
    """By hand: (1 * 10 + 3 * 30) / 4 = 25 of clients 0 and 2, (2 * 20 + 4 * 40 + 4 * 5) / 10 = 22 of the others."""
    replies = [reply(0, 1, 10), reply(1, 2, 20), reply(2, 3, 30), reply(3, 4, 40), reply(4, 4, 5)]
    sight = Sight(3, {}, [((0, 2), (1, 3, 4))])
    ((seen,),) = [list(sight(part)) for part in parts_of(replies)]
    assert (seen.number, seen.part, seen.parts) == (3, 0, 1)
    first, second = seen.updates
    assert (first.client, first.round, first.examples) == ("group-00000", 3, 4)
    assert first.members == ("client-00000", "client-00002") and first.arrays["dense1.bias"].tolist() == [25, -25]
    assert (second.client, second.examples) == ("group-00001", 10)
    assert second.senders == ("client-00001", "client-00003", "client-00004")
    assert second.arrays["dense1.bias"].tolist() == [22, -22] and second.arrays["dense1.bias"].dtype == np.float32


def test_without_groups_parts_are_shown_as_they_are():
    parts = parts_of([reply(place, 1, place) for place in range(PART + 6)])
    sight = Sight(3, {}, ())
    shown = [seen for part in parts for seen in sight(part)]
    assert [(seen.part, seen.parts, len(seen.updates)) for seen in shown] == [(0, 2, PART), (1, 2, 6)]
    assert all(seen.updates is part.updates for seen, part in zip(shown, parts, strict=True))


def test_a_large_round_is_seen_run_by_run_however_its_parts_are_cut():
    runs = LocalAggregation(clients=3).on_cohort(BY_PART, Stream(1))
    sight, shown, waiting = Sight(3, {}, runs), [], []
    for part in parts_of([reply(place, 1 + place, place) for place in range(BY_PART)]):
        shown += sight(part)
        waiting.append(len(shown))
    assert len(runs) == 2 and waiting == [0, 1, 2]
    assert [(seen.part, seen.parts) for seen in shown] == [(0, 2), (1, 2)]
    names = [update.client for seen in shown for update in seen.updates]
    assert names == [f"group-{number:05d}" for number in range(len(names))]
    ends = accumulate((sum(len(u.members) for u in seen.updates) for seen in shown), initial=0)
    for (start, stop), seen in zip(pairwise(ends), shown, strict=True):
        assert sorted(one for u in seen.updates for one in u.members) == [f"client-{n:05d}" for n in range(start, stop)]


@pytest.mark.parametrize("defense", [PAIRS, SUM], ids=["local", "secure"])
@pytest.mark.parametrize("algorithm", EVERYBODY)
@pytest.mark.parametrize("engine", [Inline(), SINGLE, STACKED], ids=["inline", "single", "stacked"])
def test_the_training_is_the_same_and_groups_are_means(world, run, tmp_path, engine, algorithm, defense):
    plain, hidden = (world(algorithm=EVERYBODY[algorithm], defenses=defenses) for defenses in ((), (defense,)))
    whole, seen = [], []
    expected = run(engine, plain, tmp_path / "plain", whole.append)
    found = run(engine, hidden, tmp_path / "hidden", seen.append)
    assert found.error is None and found.state.history == expected.state.history
    assert found.files["state"] == expected.files["state"]  # bit for bit
    assert [len(one.updates) for one in seen] == [1 if defense is SUM else 2] * 5
    for all_, groups in zip(whole, seen, strict=True):
        sent = {update.client: update for update in all_.updates}
        assert sorted(member for group in groups.updates for member in group.members) == sorted(sent)
        for group in groups.updates:
            own = [sent[member] for member in group.members]
            assert group.examples == sum(update.examples for update in own)
            for name, array in group.arrays.items():
                mean = np.average([u.arrays[name] for u in own], axis=0, weights=[u.examples for u in own])
                np.testing.assert_allclose(array, mean, rtol=0, atol=1e-7)


def test_the_sum_is_what_the_server_steps_by(world, run, tmp_path):
    """A round of FedAvg broadcasts the mean of the last one: of which, bit for bit, the server has seen no more."""
    seen = []
    run(SINGLE, world(algorithm=EVERYBODY["fedavg"], defenses=(SUM,)), tmp_path, seen.append)
    for before, after in pairwise(seen):
        (update,) = before.updates
        assert all(np.array_equal(after.broadcast[name], array) for name, array in update.arrays.items())


@pytest.mark.parametrize("defense", [PAIRS, SUM], ids=["local", "secure"])
@pytest.mark.parametrize("algorithm", EVERYBODY)
def test_engines_leave_the_same_captures(world, run, tmp_path, algorithm, defense):
    made = world(algorithm=EVERYBODY[algorithm], defenses=(Noise(sigma=0.01), defense))
    expected = run(SINGLE, made, tmp_path / "single")
    assert expected.error is None and len(expected.files) == 7
    for nodes in (2, "per_client"):
        flower = Flower(grid="in_process", nodes=nodes, method="single")
        assert run(flower, made, tmp_path / f"flower-{nodes}").files == expected.files
    stacked = run(STACKED, made, tmp_path / "stacked")
    assert run(Flower(grid="in_process", nodes=2), made, tmp_path / "flower").files == stacked.files
    run(Inline(), made, tmp_path / "inline")
    stores = [UpdateStore(tmp_path / name / "updates") for name in ("single", "stacked", "inline")]
    assert len({tuple(store.rows()) for store in stores}) == 1
    for row in stores[0].rows():
        one, *others = (store.arrays(row.round, row.client) for store in stores)
        assert all(np.allclose(other[name], one[name], rtol=0, atol=1e-6) for other in others for name in one)


def test_several_workers_and_stacks_of_trainings_leave_the_same(world, run, run_all, tmp_path):
    made = world(algorithm=EVERYBODY["fedsgd"], defenses=(PAIRS,))
    expected = run(STACKED, made, tmp_path / "alone")
    other = world(algorithm=EVERYBODY["fedsgd"], defenses=(PAIRS,), training="private-1")
    together = run_all(STACKED, [made, other], tmp_path / "together")
    assert together[0].files == expected.files and together[1].files != expected.files
    single = run(SINGLE, made, tmp_path / "single")
    assert run(Cohort(workers=2, method="single"), made, tmp_path / "crew").files == single.files


@pytest.mark.parametrize("engine", [STACKED, Flower(grid="in_process", nodes=3)], ids=["cohort", "flower"])
def test_a_round_of_many_clients_has_a_file_for_each_run_and_every_client_is_found(world, run, tmp_path, engine):
    """From 64 clients on Flower's nodes would answer by sums, of which no group can be made."""
    made = world(sizes=[3] * BY_PART, rounds=1, algorithm=EVERYBODY["fedsgd"], defenses=(PAIRS,))
    left = run(engine, made, tmp_path)
    assert left.error is None
    assert {name for name in left.files if "round" in name} == {
        f"updates/round-000001.{part}-of-2.safetensors" for part in (1, 2)
    }
    store = UpdateStore(tmp_path / "updates")
    clients = list(made.data.open().clients)
    assert store.grouped and [row.client for row in store.rows()] == clients
    (number,) = store.rounds
    members = {member: update for seen in store.read() for update in seen.updates for member in update.members}
    for client in clients[::17]:
        expected = members[client].arrays
        assert all(np.array_equal(store.arrays(number, client)[name], array) for name, array in expected.items())


@pytest.mark.parametrize("engine", [Inline(), STACKED, Flower(grid="in_process", nodes=2)], ids=lambda one: one.name)
def test_groups_of_one_leave_what_no_defense_leaves(world, run, tmp_path, engine):
    plain, alone = (world(defenses=defenses) for defenses in ((), (LocalAggregation(clients=1),)))
    assert run(engine, alone, tmp_path / "alone").files == run(engine, plain, tmp_path / "plain").files


def test_updates_are_defended_before_they_meet_wherever_the_defense_stands(world, run, tmp_path):
    orders = [(PAIRS, Clip(norm=0.5), Noise(sigma=0.1)), (Clip(norm=0.5), PAIRS, Noise(sigma=0.1))]
    first, second = (
        run(SINGLE, world(defenses=defenses), tmp_path / str(number)).files for number, defenses in enumerate(orders)
    )
    assert first == second
    other = run(SINGLE, world(defenses=(Noise(sigma=0.1), Clip(norm=0.5), PAIRS)), tmp_path / "other").files
    assert other != first  # among those on the update, order counts


def test_an_interrupted_training_goes_on_with_the_same_groups(world, run, tmp_path):
    made = world(algorithm=EVERYBODY["fedsgd"], defenses=(PAIRS,), rounds=5)

    def interrupt(seen):
        if seen.number == 4:
            raise KeyboardInterrupt

    whole = run(STACKED, made, tmp_path / "whole")
    assert isinstance(run(STACKED, made, tmp_path / "cut", interrupt).error, KeyboardInterrupt)
    assert run(STACKED, made, tmp_path / "cut").files == whole.files


def test_what_shadow_clients_are_asked_is_grouped_too(world):
    made = world(algorithm=EVERYBODY["fedsgd"], defenses=(PAIRS,))
    data, simulation, seen = made.data.open(), made.simulation, []
    asked = [Wanted(number, parameters(simulation.network(12)), list(data.clients)) for number in (1, 2)]
    SINGLE.ask(simulation, data, asked, seen.append)
    assert [sorted(len(update.members) for update in one.updates) for one in seen] == [[2, 3], [2, 3]]
    assert {update.members for update in seen[0].updates} != {update.members for update in seen[1].updates}


def test_impossible_choices_are_refused(world, run, tmp_path):
    with pytest.raises(ValidationError, match="defenses: local_aggregation and secure_aggregation each decide what"):
        world(defenses=(PAIRS, SUM))
    left = run(Flower(grid="in_process", replies="sums"), world(defenses=(SUM,)), tmp_path / "sums")
    assert isinstance(left.error, ConfigError)
    told = "engine.replies: sums, of which no group of secure_aggregation is made; choose auto or updates"
    assert str(left.error) == told
    few = run(SINGLE, world(defenses=(LocalAggregation(clients=4),)), tmp_path / "few")  # 3 of 5 train in a round
    assert isinstance(few.error, InputError) and "round-" not in " ".join(few.files)
