"""Flower's SecAgg+ between the nodes of the flower engine: what the server gets, what it sees, and who is lost."""

import random
import sys

import numpy as np
import pytest
from flwr.app import Error, Message
from flwr.common import bytes_to_ndarray
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key, Stage

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Noise, SecureAggregation, TopK
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.cohort.compute import Compute
from fedser.engine.flower import secagg_server
from fedser.engine.flower.in_process import InProcessGrid
from fedser.engine.flower.secagg_round import max_weight
from fedser.engine.flower.server import Server
from fedser.errors import ClientError, ConfigError
from fedser.updates.store import UpdateStore

EVERYBODY = {"fedsgd": FedSGD(client_fraction=1.0), "fedavg": FedAvg(client_fraction=1.0)}
FLOWER = Flower(grid="in_process", nodes="per_client")
SIMULATED, SECAGG = SecureAggregation(), SecureAggregation(protocol="secagg_plus")
SEVEN, BIG = (9, 7, 1, 25, 12, 14, 8), FedSGD(client_fraction=0.8)
COARSE = SecureAggregation(protocol="secagg_plus", bits=16, clipping_range=4)


class WatchedGrid(InProcessGrid):
    """Notes what every message and reply holds of the protocol; nodes may be lost at a stage, by partition id."""

    def __init__(self, nodes, lost=(), at=None):
        super().__init__(nodes)
        self.lost, self.at, self.heard = lost, at, []

    def pull_messages(self, message_ids):
        for number in message_ids:
            message = self._waiting[number]
            node = message.metadata.dst_node_id
            configs = message.content.config_records.get(RECORD_KEY_CONFIGS)
            stage = configs and configs[Key.STAGE]
            if stage == self.at and int(self.contexts[node].node_config["partition-id"]) in self.lost:
                yield Message(Error(code=0, reason=" the node is dead\n"), reply_to=message)
                continue
            for reply in super().pull_messages([number]):
                self.heard.append((stage, node, reply.content))
                yield reply

    def masked(self):
        """The masked vector of each node, as the server gets it; without the weight that is masked with it."""
        collected = [(node, content) for stage, node, content in self.heard if stage == Stage.COLLECT_MASKED_VECTORS]
        sent = [
            (node, content.config_records[RECORD_KEY_CONFIGS][Key.MASKED_PARAMETERS]) for node, content in collected
        ]
        return [(node, bytes_to_ndarray(vector)) for node, (_, vector) in sent]


def serve(grid, made, training, folder, *observers, nodes=5):
    return Server(training(made, folder, observers=observers), Compute(), nodes, 5.0, by_sums=False).serve(grid)


def bound(defense, sizes, clients, float32=2e-7):
    """2 c K W / (2^bits sum n_k), and what float32 rounds of values of up to 1."""
    largest = 1 << (max(sizes) - 1).bit_length()
    step = 2 * (defense.clipping_range or 8) / 2 ** defense.bits_among(clients)
    return step * clients * largest / sum(sizes) + float32


@pytest.mark.parametrize("defense", [SECAGG, COARSE], ids=["default", "coarse"])
@pytest.mark.parametrize("algorithm", EVERYBODY)
def test_a_round_gives_the_simulated_mean_within_the_bound(world, run, tmp_path, algorithm, defense):
    worlds = [world(algorithm=EVERYBODY[algorithm], defenses=(one,), rounds=1) for one in (SIMULATED, defense)]
    ((expected,), simulated), ((found,), masked) = [
        (seen, run(engine, made, tmp_path / engine.name, lambda one, seen=seen: seen.append(one.updates)))
        for engine, made, seen in zip((Cohort(workers=1), FLOWER), worlds, ([], []), strict=True)
    ]
    assert masked.error is None and masked.files.keys() == simulated.files.keys()
    assert (found[0].client, found[0].members, found[0].examples) == (
        expected[0].client,
        expected[0].members,
        expected[0].examples,
    )
    data, simulation = worlds[0].data.open(), worlds[0].simulation
    sizes = [simulation.plan(client, 1, len(data.train_rows(client))).examples for client in data.clients]
    off = max(float(np.abs(found[0].arrays[name] - array).max()) for name, array in expected[0].arrays.items())
    assert off < bound(defense, sizes, 5)
    assert defense is SECAGG or off > bound(SECAGG, sizes, 5)  # it is rounded
    assert masked.state.history[0].train_loss == pytest.approx(simulated.state.history[0].train_loss, abs=1e-6)


@pytest.mark.parametrize("algorithm", EVERYBODY)
def test_a_training_is_the_simulated_one_and_captures_what_is_seen(world, run, tmp_path, algorithm):
    worlds = [
        world(algorithm=EVERYBODY[algorithm], defenses=(Noise(sigma=0.01), one), rounds=3)
        for one in (SIMULATED, SECAGG)
    ]
    simulated, masked = run(Cohort(workers=1), worlds[0], tmp_path / "a"), run(FLOWER, worlds[1], tmp_path / "b")
    assert masked.error is None
    for name, array in simulated.state.model.items():
        np.testing.assert_allclose(masked.state.model[name], array, rtol=0, atol=2e-6)
    stores = [UpdateStore(tmp_path / name / "updates") for name in "ab"]
    assert stores[0].grouped and stores[1].grouped and list(stores[0].rows()) == list(stores[1].rows())
    for row in stores[0].rows():
        one, other = (store.arrays(row.round, row.client) for store in stores)
        assert all(np.allclose(one[name], other[name], rtol=0, atol=2e-6) for name in one)


def test_no_bit_depends_on_keys_masks_neighbours_or_a_global_generator(world, run, tmp_path):
    """Keys come from the system's randomness, and are other ones each time; with 3 shares they mask in a ring."""
    left = []
    for seed, shares in ((1, None), (2, None), (3, 3)):
        np.random.seed(seed)
        random.seed(seed)
        before = np.random.get_state()[1].tobytes()
        defense = SecureAggregation(protocol="secagg_plus", shares=shares)
        left.append(run(FLOWER, world(sizes=SEVEN, defenses=(defense,), algorithm=BIG, rounds=2), tmp_path / str(seed)))
        assert np.random.get_state()[1].tobytes() == before
    assert left[0].error is None and left[1].files == left[0].files
    assert left[2].state.history == left[0].state.history and left[2].files["state"] == left[0].files["state"]


def test_clients_keep_something_and_an_interrupted_training_goes_on(world, run, tmp_path):
    made = world(defenses=(TopK(share=0.3), SECAGG), algorithm=EVERYBODY["fedavg"], rounds=2)
    expected = run(FLOWER, made, tmp_path / "whole", every=1)

    def stop(seen):
        if seen.number == 2:
            raise KeyboardInterrupt

    assert isinstance(run(FLOWER, made, tmp_path / "cut", stop, every=1).error, KeyboardInterrupt)
    assert expected.error is None and run(FLOWER, made, tmp_path / "cut", every=1).files == expected.files


def test_what_a_node_sends_is_uniform_and_tells_nothing_of_what_it_holds(world, training, tmp_path):
    """Masked vectors of the same client and round, and of others, are alike; without masks they would be near 2^28."""
    made, vectors = world(defenses=(SECAGG,), algorithm=EVERYBODY["fedsgd"], rounds=2), []
    for number in range(2):
        grid = WatchedGrid(5)
        serve(grid, made, training, tmp_path / str(number))
        vectors.append(grid.masked())
        told = [content for stage, _, content in grid.heard if stage == Stage.COLLECT_MASKED_VECTORS]
        assert all(not arrays for content in told for arrays in content.array_records.values())
    flat = np.stack([vector for run in vectors for _, vector in run]).astype(np.float64) / 2**32
    assert flat.shape == (20, 12 * 8 + 8 + 8 * 6 + 6 + 6 * 4 + 4) and flat.min() >= 0 and flat.max() < 1
    counts = np.bincount((flat * 16).astype(int).ravel(), minlength=16)
    expected = flat.size / 16
    assert ((counts - expected) ** 2 / expected).sum() < 45  # chi-square of 15 degrees: p > 1e-4
    correlations = np.corrcoef(flat)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.35  # of 186 entries: 4.7 deviations


def test_unmasked_vectors_would_be_seen(world, training, tmp_path, monkeypatch):
    """What the test above would find, were masks nothing."""

    def nothing(seed, limit, shapes):
        return [np.zeros(shape, np.int64) for shape in shapes]

    for module in (
        "flwr.client.mod.secure_aggregation.secaggplus_mod",
        "flwr.server.workflow.secure_aggregation.secaggplus_workflow",
    ):
        monkeypatch.setattr(sys.modules[module], "pseudo_rand_gen", nothing)
    grid = WatchedGrid(5)
    serve(grid, world(defenses=(SECAGG,), algorithm=EVERYBODY["fedsgd"], rounds=1), training, tmp_path)
    assert len(grid.masked()) == 5
    assert max(float(np.abs(vector / 2**32 - 1 / 16).max()) for _, vector in grid.masked()) < 0.01


@pytest.mark.parametrize("lost", [(1,), (0, 3)])
def test_whoever_is_lost_after_keys_are_shared_is_recovered_and_the_others_sum_is_right(
    world, training, tmp_path, lost, monkeypatch
):
    """Where 5 of 7 shares suffice, two may be lost: the mean is that of the others. The training ends all the same."""
    made = world(sizes=SEVEN, algorithm=EVERYBODY["fedavg"], defenses=(SECAGG,), rounds=1)
    summed, secure_sum = [], secagg_server.secure_sum
    monkeypatch.setattr(secagg_server, "secure_sum", lambda *args: summed.append(secure_sum(*args)) or summed[-1])
    grid = WatchedGrid(7, lost, Stage.COLLECT_MASKED_VECTORS)
    with pytest.raises(ClientError) as caught:
        serve(grid, made, training, tmp_path, nodes=7)
    names = ", ".join(f"client-{number:05d}" for number in lost)
    assert str(caught.value) == f"training private-0, round 1, {names}: the node is dead"

    sent = {}
    plain = world(sizes=SEVEN, algorithm=EVERYBODY["fedavg"], rounds=1)
    Cohort(workers=1).run(
        training(plain, tmp_path / "plain", observers=[lambda seen: sent.update(enumerate(seen.updates))])
    )
    others = [sent[number] for number in range(7) if number not in lost]
    vectors = [np.concatenate([array.ravel() for array in update.arrays.values()]) for update in others]
    mean = np.average(np.array(vectors, np.float64), axis=0, weights=[update.examples for update in others])
    (found,) = summed
    assert len(found.told) == 7 - len(lost) and len(found.lost) == len(lost)
    np.testing.assert_allclose(found.mean, mean, rtol=0, atol=bound(SECAGG, [u.examples for u in others], 7))


@pytest.mark.parametrize(
    ("lost", "at"),
    [((0, 1, 2), Stage.COLLECT_MASKED_VECTORS), ((0,), Stage.SETUP), ((6,), Stage.SHARE_KEYS), ((2,), Stage.UNMASK)],
)
def test_whoever_is_lost_ends_the_training_and_nothing_of_the_round_is_captured(world, training, tmp_path, lost, at):
    made = world(sizes=SEVEN, algorithm=EVERYBODY["fedsgd"], defenses=(SECAGG,), rounds=1)
    with pytest.raises(ClientError, match=f"round 1, client-0000{lost[0]}.*: the node is dead"):
        serve(WatchedGrid(7, lost, at), made, training, tmp_path, nodes=7)
    assert not list((tmp_path / "updates").glob("round-*"))


def test_a_client_that_fails_fails_as_in_every_engine(world, run, tmp_path, capfd):
    made = [world(defenses=(one,), algorithm=EVERYBODY["fedsgd"], broken=[3]) for one in (SIMULATED, SECAGG)]
    expected, left = run(Cohort(workers=1), made[0], tmp_path / "a"), run(FLOWER, made[1], tmp_path / "b")
    assert isinstance(left.error, ClientError) and str(left.error) == str(expected.error)
    assert capfd.readouterr() == ("", "")  # Flower's log is quiet


@pytest.mark.parametrize(
    ("engine", "what"),
    [
        (Inline(), "engine.name: inline, but secure_aggregation(protocol=secagg_plus) is a protocol between Flower's"),
        (Cohort(), "engine.name: cohort, but secure_aggregation(protocol=secagg_plus) is a protocol between Flower's"),
        (Flower(grid="in_process", nodes=2), "engine.nodes: 2, but in secure_aggregation(protocol=secagg_plus) each"),
    ],
    ids=["inline", "cohort", "flower"],
)
def test_an_engine_that_has_no_such_nodes_trains_nobody(world, run, tmp_path, engine, what):
    left = run(engine, world(defenses=(SECAGG,)), tmp_path / "out")
    assert isinstance(left.error, ConfigError) and str(left.error).startswith(what) and not left.files


def test_what_would_be_clipped_is_an_error(world, run, tmp_path):
    defense = SecureAggregation(protocol="secagg_plus", clipping_range=1e-3)
    left = run(FLOWER, world(defenses=(defense,), algorithm=EVERYBODY["fedavg"]), tmp_path)
    assert isinstance(left.error, ClientError)
    assert "training private-0, round 1, client-00000: its weighted update has an entry of" in str(left.error)
    assert "raise secure_aggregation.clipping_range (it is 0.001)" in str(left.error)


def test_weights_are_whole_numbers_of_steps(world, training, tmp_path):
    """80 % of 30, 7, 1, 25 and 12 utterances: 24 at most, or a batch of 20; 2^17 do not fit 16 bits."""
    fedavg, fedsgd = (training(world(algorithm=EVERYBODY[name]), tmp_path) for name in ("fedavg", "fedsgd"))
    assert [max_weight(one, SECAGG) for one in (fedavg, fedsgd)] == [32, 32]
    small = training(world(algorithm=FedSGD(client_fraction=1.0, batch_size=16)), tmp_path)
    assert max_weight(small, SECAGG) == 16
    many = training(world(sizes=[90_000, 3], algorithm=EVERYBODY["fedavg"], features=1), tmp_path)
    with pytest.raises(ConfigError, match="65536 steps, but a client has n_k 72000; choose more bits"):
        max_weight(many, COARSE)
