"""s3prl's networks in parts of any length, with every layer and pooling, against their own whole forward."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fedser.features import extract_features
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc
from fedser.features.s3prl.upstream import Upstream

UPSTREAMS = {"apc": Apc, "vq_apc": VqApc, "npc": Npc, "tera": Tera, "decoar2": Decoar2}
LAYERS = {"apc": 3, "vq_apc": 3, "npc": 9, "tera": 4, "decoar2": 4}


def by_hand(model: Any, name: str, inputs: torch.Tensor) -> torch.Tensor:
    """The last hidden states of s3prl's network, which reads all ``inputs`` at once."""
    batch = inputs[None]
    if name in ("apc", "vq_apc"):
        return model(batch, [len(inputs)], testing=True)[1][0]
    if name == "npc":
        return model(batch, testing=True)[1][0]
    if name == "decoar2":
        return model(batch)[0][0]
    positions = import_module("fedser.features.s3prl.networks.tera").positions(len(inputs), 24)
    return model(batch, positions, torch.ones(1, len(inputs)))[-1][0]


@pytest.fixture
def upstream(checkpoints: Path):
    def make(name: str, **settings: Any) -> Upstream:
        return UPSTREAMS[name](checkpoint=str(checkpoints / f"{name}.ckpt"), device="cpu", **settings)

    return make


@pytest.fixture
def signal(make_voice) -> np.ndarray:
    return make_voice(1.2)


@pytest.mark.parametrize("name", UPSTREAMS)
class TestEveryUpstream:
    def test_last_states_are_those_of_s3prls_class(self, upstream, signal, name: str) -> None:
        extractor = upstream(name, pooling="none")
        network = extractor._network()
        with torch.inference_mode():
            expected = by_hand(network._model, name, network.inputs(signal)).numpy()
        np.testing.assert_allclose(extractor.extract(signal, 16000), expected, rtol=1e-5, atol=1e-6)
        mean = upstream(name).extract(signal, 16000)
        np.testing.assert_allclose(mean, expected.mean(axis=0), rtol=1e-4, atol=1e-6)

    def test_has_frames_of_every_layer(self, upstream, signal, name: str) -> None:
        layers = [upstream(name, layer=number, pooling="none") for number in range(LAYERS[name])]
        states = [extractor.extract(signal, 16000) for extractor in layers]
        assert len({state.tobytes() for state in states}) == LAYERS[name]
        assert {state.shape for state in states} == {(len(states[0]), len(layers[0].names()))}
        last = upstream(name, pooling="none")
        assert last.extract(signal, 16000).tobytes() == states[-1].tobytes()
        assert last.version() == layers[-1].version()
        assert len({extractor.version() for extractor in layers}) == LAYERS[name]

    def test_a_signal_of_less_than_two_frames_has_no_mean(self, upstream, signal, name: str) -> None:
        for samples in (0, 1, 399, 400 if name != "tera" else 399):
            vector = upstream(name).extract(signal[:samples], 16000)
            assert vector.shape == (len(upstream(name).names()),)
            assert np.isnan(vector).all()

    def test_threads_do_not_change_a_bit_nor_stay_changed(self, upstream, signal, name: str) -> None:
        before = torch.get_num_threads()
        vectors = []
        try:
            for threads in (1, 2):
                torch.set_num_threads(threads)
                vectors.append(upstream(name).extract(signal, 16000).tobytes())
                assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
        assert vectors[0] == vectors[1]

    @pytest.mark.cuda
    def test_a_gpu_gives_the_same(self, upstream, signal, name: str) -> None:
        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")
        on_gpu = upstream(name).model_copy(update={"device": "cuda"})
        assert on_gpu.processes(8) == 1
        for given, found in zip(
            (signal, signal[:8000]), on_gpu.extract_batch([signal, signal[:8000]], 16000), strict=True
        ):
            np.testing.assert_allclose(found, upstream(name).extract(given, 16000), rtol=1e-3, atol=1e-4)


def test_workers_give_the_bits_of_one_process(upstream, tmp_path: Path, voices, make_corpus) -> None:
    corpus = make_corpus(voices(16))
    sets = [extract_features(upstream("apc"), corpus, tmp_path / str(n), n, "error") for n in (1, 2)]
    assert sets[0].matrix.tobytes() == sets[1].matrix.tobytes()
    assert sets[0].names == sets[1].names == upstream("apc").names()


@pytest.mark.parametrize("pooling", ["mean", "none"])
@pytest.mark.parametrize("part", [1, 100, 3000])
@pytest.mark.parametrize("name", ["apc", "vq_apc"])
def test_a_recurrent_network_describes_padded_signals_as_it_does_each(
    upstream, make_voice, monkeypatch: pytest.MonkeyPatch, name: str, part: int, pooling: str
) -> None:
    extractor = upstream(name, pooling=pooling)
    signals = [make_voice(seconds) for seconds in (0.4, 1.2, 0.01, 0.025, 0.7)]
    expected = [extractor.extract(signal, 16000) for signal in signals]
    monkeypatch.setattr(import_module("fedser.features.s3prl.networks.apc"), "_PART", part)
    for found, alone in zip(extractor.extract_batch(signals, 16000), expected, strict=True):
        np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-6)
    for found in extractor.extract_batch(signals[2:3] * 2, 16000):
        assert not np.isfinite(found).any()


@pytest.mark.parametrize("part", [1, 7, 50])
@pytest.mark.parametrize(("name", "layer"), [("apc", 0), ("apc", 2), ("npc", 3), ("npc", 6), ("npc", 8)])
def test_recurrent_and_convolutional_networks_are_exact_in_parts(
    upstream, signal, monkeypatch: pytest.MonkeyPatch, name: str, layer: int, part: int
) -> None:
    extractor = upstream(name, layer=layer, pooling="none")
    whole = extractor.extract(signal, 16000)
    monkeypatch.setattr(import_module(f"fedser.features.s3prl.networks.{name}"), "_PART", part)
    np.testing.assert_allclose(extractor.extract(signal, 16000), whole, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["tera", "decoar2"])
def test_transformers_describe_equal_parts_of_a_long_signal_by_themselves(
    upstream, make_voice, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    extractor = upstream(name, pooling="none")
    network = extractor._network()
    monkeypatch.setattr(import_module("fedser.features.s3prl.networks.decoar2"), "_LONGEST", 150)
    inputs = network.inputs(make_voice(3.3))
    count = {"tera": 331, "decoar2": 164}[name]
    assert len(inputs) == count
    with torch.inference_mode():
        parts = [by_hand(network._model, name, part) for part in inputs.chunk(-(-count // 150))]
    assert {len(part) for part in parts} == {"tera": {111, 109}, "decoar2": {82}}[name]
    states = extractor.extract(make_voice(3.3), 16000)
    np.testing.assert_allclose(states, torch.cat(parts).numpy(), rtol=1e-5, atol=1e-6)


def test_a_log_mel_spectrum_is_the_same_in_blocks(upstream, signal, monkeypatch: pytest.MonkeyPatch) -> None:
    network = upstream("tera")._network()
    whole = network.inputs(signal)
    monkeypatch.setattr(import_module("fedser.features.s3prl.networks.log_mel"), "_BLOCK", 7)
    np.testing.assert_allclose(network.inputs(signal), whole, rtol=1e-5, atol=1e-5)
