"""What attacks still find where updates are means of groups: ever less, down to nothing in the sum of all."""

from dataclasses import replace

import numpy as np
import pytest

from attacks.aggregate import Aggregate
from attacks.fusion import Fusion
from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.permuted import Permuted
from attacks.pull_back import PullBack
from attacks.set_model import SetModel
from attacks.update_set import UpdateSet
from fedser.defenses import LocalAggregation, SecureAggregation
from fedser.engine.parts import Reply, part_of
from fedser.engine.sight import Sight
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream
from fedser.updates.store import Capture, StoreWriter, UpdateStore


@pytest.fixture(scope="module")
def planted(make_world):
    return make_world(strength=2.0, speakers=40, rounds=10)


def seen_through(defense, world, folder):
    """The same trainings as a server sees them with that defense."""

    def hidden(updates):
        stores = []
        for name, store in updates.stores.items():
            writer = StoreWriter(folder / name, store.public, Capture()).begin()
            for seen in store.read():
                runs = defense.on_cohort(len(seen.updates), Stream(9)(name, seen.number))
                part = part_of(0, 1, [Reply(update, 0.0) for update in seen.updates])
                for shown in Sight(seen.number, seen.broadcast, runs)(part):
                    writer(shown)
            stores.append(UpdateStore(folder / name))
        found = UpdateSet.of(stores)
        assert found.rows == updates.rows  # members are asked about as they were without the defense
        return found

    return replace(
        world, shadow=replace(world.shadow, updates=hidden(world.shadow.updates)), private=hidden(world.private)
    )


def reached(attack, world, folder):
    (scores,) = attack.fit(world.shadow, Stream(11), folder).scores(world.private).values()
    return uar(confusion(world.truth, scores.argmax(axis=1), 2)), scores


def test_the_larger_the_groups_the_less_is_found(planted, tmp_path):
    found = {}
    for k in (1, 2, 5, 10):
        world = seen_through(LocalAggregation(clients=k), planted, tmp_path / f"k{k}")
        found[k] = reached(Logistic(), world, tmp_path)[0]
    assert found[1] > 0.9 and found[1] == pytest.approx(reached(Logistic(), planted, tmp_path)[0])
    assert found[1] > found[2] + 0.1 > found[5] + 0.1 > found[10] + 0.1
    assert found[2] > 0.65 and found[5] > 0.55


def test_all_members_of_a_group_have_its_score(planted, tmp_path):
    world = seen_through(LocalAggregation(clients=5), planted, tmp_path)
    scores = reached(Logistic(), world, tmp_path)[1]
    in_first = [place for place, row in enumerate(world.private.rows) if row.round == 1]
    assert len(np.unique(scores[in_first], axis=0)) == 8


def test_a_sum_of_all_clients_tells_nothing_of_one(planted, tmp_path):
    """All have the same score in a round, and all over all rounds where all take part in each."""
    world = seen_through(SecureAggregation(), planted, tmp_path)
    assert reached(Aggregate(), world, tmp_path)[0] == 0.5


def test_groups_dealt_anew_are_seen_through_over_the_rounds(planted, tmp_path):
    """Ten rounds put together tell more of a client than single ones: the known break."""
    world = seen_through(LocalAggregation(clients=2), planted, tmp_path)
    alone, together = (reached(attack, world, tmp_path)[0] for attack in (Logistic(), Aggregate()))
    assert together > alone + 0.1


@pytest.mark.parametrize(
    ("attack", "single"),
    [
        (Majority(), False),
        (Aggregate(), False),
        (Permuted(attack=Aggregate()), False),
        (Fusion(attacks=(Aggregate(), Aggregate())), False),
        (Logistic(), True),
        (PullBack(), True),
        (SetModel(), True),
        (Permuted(), True),
        (Fusion(attacks=(Aggregate(), Logistic())), True),
    ],
    ids=repr,
)
def test_which_attacks_need_updates_by_themselves(attack, single):
    assert attack.reads_single_updates == single
