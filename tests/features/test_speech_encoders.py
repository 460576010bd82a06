"""wav2vec 2.0, HuBERT and WavLM against transformers itself, on small random models in the official layout."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from fedser.audio import read_audio
from fedser.config import Frozen, validate
from fedser.config.document import Document
from fedser.errors import ConfigError, InputError
from fedser.features import extract_features
from fedser.features.encoders.library import library
from fedser.features.encoders.load import network_of
from fedser.features.encoders.speech import Hubert, SpeechEncoder, Wav2Vec2, WavLM
from fedser.features.encoders.windows import Convolutions, like_with_like

ENCODERS = {"wav2vec2": Wav2Vec2, "hubert": Hubert, "wavlm": WavLM}
NORMS = ("group", "layer")
LAYERS = 2

MakeModel = Callable[..., Path]


@pytest.fixture(scope="session")
def model(tmp_path_factory, pretrained) -> MakeModel:
    """The folder of a family's small model, the same each time: not to be written to."""
    root, made = tmp_path_factory.mktemp("speech"), {}

    def make(family: str = "wav2vec2", norm: str = "layer") -> Path:
        name = f"{family}-{norm}"
        if name not in made:
            made[name] = pretrained.save_speech(root / name, family, norm)
        return made[name]

    return make


@pytest.fixture
def copied(model, tmp_path) -> Path:
    """A copy of a small wav2vec 2.0, to be damaged."""
    return shutil.copytree(model(), tmp_path / "copied")


@pytest.fixture(scope="session")
def signals(make_voice) -> list[np.ndarray]:
    return [make_voice(seconds, pitch) for seconds, pitch in ((0.5, 110.0), (0.81, 180.0), (0.5, 220.0), (0.3, 90.0))]


def reference(folder: Path, signal: np.ndarray, layer: int | None = None) -> np.ndarray:
    """A layer's states for one signal, by transformers alone."""
    transformers = library()
    front = transformers.AutoFeatureExtractor.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        found = network(**front(signal, sampling_rate=16000, return_tensors="pt"), output_hidden_states=True)
    return (found.last_hidden_state if layer is None else found.hidden_states[layer])[0].numpy()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("family", ENCODERS)
class TestEveryFamily:
    def test_gives_what_transformers_gives(self, family, norm, model, signals) -> None:
        encoder = ENCODERS[family](model=str(model(family, norm)), device="cpu")
        states = reference(model(family, norm), signals[0])
        np.testing.assert_allclose(encoder.extract(signals[0], 16000), states.mean(axis=0), atol=1e-5)
        framed = encoder.model_copy(update={"pooling": "none"})
        assert framed.framed
        np.testing.assert_allclose(framed.extract(signals[0], 16000), states, atol=1e-5)

    def test_gives_any_layer(self, family, norm, model, signals) -> None:
        folder = model(family, norm)
        for layer in range(LAYERS + 1):
            encoder = ENCODERS[family](model=str(folder), device="cpu", layer=layer, pooling="none")
            states = reference(folder, signals[0], layer)
            np.testing.assert_allclose(encoder.extract(signals[0], 16000), states, atol=1e-5)

    @pytest.mark.parametrize("pooling", ["mean", "none"])
    def test_padding_changes_nothing(self, family, norm, pooling, model, signals) -> None:
        encoder = ENCODERS[family](model=str(model(family, norm)), device="cpu", pooling=pooling)
        for together, signal in zip(encoder.extract_batch(signals, 16000), signals, strict=True):
            np.testing.assert_allclose(together, encoder.extract(signal, 16000), atol=1e-5)

    def test_keeps_to_its_window(self, family, norm, model, make_voice) -> None:
        """Two seconds in three parts of 33 frames each: what each part alone would give."""
        encoder = ENCODERS[family](model=str(model(family, norm)), device="cpu", pooling="none", window=1.0)
        signal = (make_voice(2.0) - make_voice(2.0).mean()) / make_voice(2.0).std()
        parts = [signal[33 * part * 320 : (33 * part + 32) * 320 + 400] for part in range(3)]
        settings = json.loads((model(family, norm) / "preprocessor_config.json").read_text(encoding="utf-8"))
        assert settings["do_normalize"]
        network = library().AutoModel.from_pretrained(model(family, norm)).eval()
        with torch.inference_mode():
            states = [network(torch.from_numpy(part)[None]).last_hidden_state[0].numpy() for part in parts]
        found = encoder.extract(make_voice(2.0), 16000)
        assert len(found) == len(encoder.model_copy(update={"window": 30.0}).extract(make_voice(2.0), 16000)) == 99
        np.testing.assert_allclose(found, np.concatenate(states), atol=1e-4)


def test_a_group_norm_hears_padding_and_so_is_not_padded(model, signals) -> None:
    """That the test above can fail: what masks would have made of these models."""
    folder = model("hubert", "group")
    network = library().AutoModel.from_pretrained(folder).eval()
    front = library().AutoFeatureExtractor.from_pretrained(folder)
    given = front(signals[:2], sampling_rate=16000, padding=True, return_tensors="pt", return_attention_mask=True)
    with torch.inference_mode():
        padded = network(**given).last_hidden_state[0, :24].numpy()
    assert np.abs(padded - reference(folder, signals[0])).max() > 1e-3


def test_the_signal_is_normalised_where_the_model_says_so(copied, make_voice) -> None:
    encoder, signal = Wav2Vec2(model=str(copied), device="cpu"), make_voice()
    loud = encoder.extract(signal * 3 + 0.1, 16000)
    np.testing.assert_allclose(loud, encoder.extract(signal, 16000), atol=1e-4)
    library().Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(copied)
    assert np.abs(encoder.extract(signal * 3 + 0.1, 16000) - encoder.extract(signal, 16000)).max() > 1e-3


def test_the_rate_is_the_models(copied, make_voice) -> None:
    assert Wav2Vec2(model=str(copied)).sample_rate == 16000
    (copied / "preprocessor_config.json").unlink()
    front = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 8000, "do_normalize": True}
    (copied / "processor_config.json").write_text(json.dumps({"feature_extractor": front}), encoding="utf-8")
    encoder = Wav2Vec2(model=str(copied), device="cpu")
    assert encoder.sample_rate == 8000
    assert encoder.extract(make_voice(rate=8000), 8000).shape == (16,)
    with pytest.raises(InputError) as refusal:
        encoder.extract(make_voice(), 16000)
    assert str(refusal.value) == "copied: wants signals of 8000 Hz, got 16000 Hz"


@pytest.mark.parametrize("samples", [0, 1, 399, 400])
def test_below_one_frame_there_is_nothing(samples, model, signals) -> None:
    encoder, short = Wav2Vec2(model=str(model()), device="cpu"), signals[0][:samples]
    mean, other = encoder.extract_batch([short, signals[1]], 16000)
    assert np.isfinite(mean).all() == (samples == 400)
    np.testing.assert_allclose(other, encoder.extract(signals[1], 16000), atol=1e-5)
    frames = encoder.model_copy(update={"pooling": "none"}).extract(short, 16000)
    assert frames.shape == (samples // 400, 16)


def test_heads_and_adapters_are_left_out(tmp_path, signals, pretrained) -> None:
    """A fine-tuned model, and one of pretraining: the encoder below them is what is wanted."""
    for head, settings in (("ForCTC", {}), ("ForPreTraining", {}), ("Model", {"add_adapter": True})):
        folder = pretrained.save_speech(tmp_path / f"{head}-{len(settings)}", "wav2vec2", "layer", head, **settings)
        frames = Wav2Vec2(model=str(folder), device="cpu", pooling="none").extract(signals[0], 16000)
        assert frames.shape == (24, 16)
        if not settings:
            np.testing.assert_allclose(frames, reference(folder, signals[0]), atol=1e-5)


def test_older_weights_are_read_as_tensors_alone(copied, model, signals) -> None:
    """``pytorch_model.bin``, with the names that weight normalisation had before torch 2."""
    weights = load_file(copied / "model.safetensors")
    old = {"original0": "weight_g", "original1": "weight_v"}
    for new, before in old.items():
        place = "encoder.pos_conv_embed.conv."
        weights[place + before] = weights.pop(f"{place}parametrizations.weight.{new}")
    (copied / "model.safetensors").unlink()
    torch.save(weights, copied / "pytorch_model.bin")
    found = Wav2Vec2(model=str(copied), device="cpu").extract(signals[0], 16000)
    assert np.array_equal(found, Wav2Vec2(model=str(model()), device="cpu").extract(signals[0], 16000))


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple:
        return Path.touch, (Path(self.path),)


def test_nothing_else_is_unpickled(copied, tmp_path, signals) -> None:
    (copied / "model.safetensors").unlink()
    torch.save({"weight": Trap(tmp_path / "sprung")}, copied / "pytorch_model.bin")
    with pytest.raises(InputError) as refusal:
        Wav2Vec2(model=str(copied), device="cpu").extract(signals[0], 16000)
    assert str(refusal.value) == (
        f"{copied}: weights that hold more than tensors, which is not unpickled since it could run any code; save them"
        " as model.safetensors where you trust them"
    )
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("damage", ["lacking", "misshapen", "cut"])
def test_damaged_weights_are_refused(damage, copied, signals) -> None:
    path = copied / "model.safetensors"
    weights, name = load_file(path), "encoder.layer_norm.weight"
    if damage == "lacking":
        del weights[name]
    else:
        weights[name] = torch.ones(17)
    save_file(weights, path, {"format": "pt"})
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError) as refusal:
        Wav2Vec2(model=str(copied), device="cpu").extract(signals[0], 16000)
    wanted = "lack 1 tensors: encoder.layer_norm.weight" if damage == "lacking" else "that cannot be loaded: "
    assert str(refusal.value).startswith(f"{copied}: weights {wanted}")


def test_another_familys_model_is_refused_with_the_good_name(model) -> None:
    folder = model("hubert", "group")
    with pytest.raises(InputError) as refusal:
        Wav2Vec2(model=str(folder), device="cpu").check()
    assert str(refusal.value) == (
        f"features.model: {folder} holds a model of type hubert, not for name: wav2vec2 (say name: hubert)"
    )


def test_an_unknown_kind_of_model_is_refused(copied) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    (copied / "config.json").write_text(json.dumps(config | {"model_type": "data2vec-audio"}), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        WavLM(model=str(copied), device="cpu").check()
    assert str(refusal.value) == (
        f"features.model: {copied} holds a model of type data2vec-audio, not for name: wavlm (choose from wavlm)"
    )


def test_all_that_a_folder_lacks_is_told_at_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError) as refusal:
        Hubert(model=str(tmp_path), device="cuda:3").check()
    assert str(refusal.value).splitlines() == [
        f"{tmp_path}: no config.json",
        f"{tmp_path}: no preprocessor_config.json or processor_config.json",
        f"{tmp_path}: no model.safetensors or pytorch_model.bin",
        "features.device: 'cuda:3', but torch finds no CUDA device here (choose from auto, cpu)",
    ]


def test_a_damaged_config_is_refused(copied) -> None:
    (copied / "config.json").write_text('{"model_type": "wav2vec2"}', encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        Wav2Vec2(model=str(copied)).check()
    assert str(refusal.value) == f"{copied / 'config.json'}: no num_hidden_layers, which `save_pretrained` writes"


def test_a_layer_that_is_not_there_is_refused(model) -> None:
    with pytest.raises(InputError) as refusal:
        Wav2Vec2(model=str(model()), device="cpu", layer=3).check()
    assert str(refusal.value) == f"features.layer: {model()} has no layer 3 (choose from last, 0, 1, 2)"


class _Experiment(Frozen):
    features: WavLM


def test_a_wrong_configuration_is_refused_with_the_good_values() -> None:
    wrong = {"name": "wavlm", "model": "x", "pooling": "cls", "layer": -1, "window": 0.5, "layers": 2, "device": "gpu"}
    with pytest.raises(ConfigError) as refusal:
        validate(_Experiment, Document({"features": wrong}))
    assert sorted(str(refusal.value).splitlines()) == [
        "config: features.device: unknown 'gpu' (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)",
        "config: features.layer: should be 'last' or greater than or equal to 0, got -1",
        "config: features.layers: unknown key, did you mean 'layer'?",
        "config: features.pooling: should be 'mean' or 'none', got \"cls\"",
        "config: features.window: should be greater than or equal to 1, got 0.5",
    ]


def test_the_version_follows_the_content_of_the_model(copied, model) -> None:
    """Also within one process; not its place, nor the device."""
    encoder = Wav2Vec2(model=str(copied), device="cpu")
    before = encoder.version()
    assert before == Wav2Vec2(model=str(model()), device="cuda").version()
    weights = load_file(copied / "model.safetensors")
    save_file({name: value + 1 for name, value in weights.items()}, copied / "model.safetensors", {"format": "pt"})
    after = encoder.version()
    library().Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(copied)
    others = [encoder.model_copy(update=each) for each in ({"layer": 1}, {"pooling": "none"}, {"window": 5.0})]
    assert len({before, after, encoder.version(), *(other.version() for other in others)}) == 6


def test_layers_above_the_wanted_one_are_not_computed(model) -> None:
    checkpoint = Wav2Vec2(model=str(model())).checkpoint()
    assert [len(network_of(checkpoint, "cpu", layers).encoder.layers) for layers in (1, 2, None)] == [1, 2, 2]


def test_changed_weights_are_loaded_again(copied, signals) -> None:
    encoder = Wav2Vec2(model=str(copied), device="cpu")
    before = encoder.extract(signals[0], 16000)
    weights = load_file(copied / "model.safetensors")
    weights["encoder.layer_norm.bias"] += 2
    save_file(weights, copied / "model.safetensors", {"format": "pt"})
    np.testing.assert_allclose(encoder.extract(signals[0], 16000), before + 2, atol=1e-5)


def test_loading_writes_nothing(copied, signals, capfd) -> None:
    """No bars, and no remarks on the tensors of a head that are not used."""
    weights = load_file(copied / "model.safetensors") | {"lm_head.weight": torch.ones(3, 16)}
    save_file(weights, copied / "model.safetensors", {"format": "pt"})
    Wav2Vec2(model=str(copied), device="cpu").extract(signals[0], 16000)
    assert capfd.readouterr() == ("", "")


def test_a_gpu_is_left_to_one_process(model, monkeypatch) -> None:
    encoder = SpeechEncoder.__subclasses__()[0](model=str(model()), device="cpu")
    assert encoder.processes(4) == 4
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert encoder.model_copy(update={"device": "cuda:0"}).processes(4) == 1


def test_a_corpus_becomes_frames(model, voices, make_corpus, tmp_path) -> None:
    encoder, paths = Wav2Vec2(model=str(model()), device="cpu", pooling="none"), voices(20)
    found = extract_features(encoder, make_corpus(paths), tmp_path, 1, "error")
    assert [len(found.frames(index)) for index in range(20)] == [9] * 20
    wanted = encoder.extract(read_audio(paths[7], 16000), 16000)
    np.testing.assert_allclose(found.frames(7), wanted, atol=1e-5)


@pytest.mark.cuda
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("family", ENCODERS)
def test_a_gpu_gives_the_same(family, norm, model, signals) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    encoder = ENCODERS[family](model=str(model(family, norm)), device="cpu")
    wanted = encoder.extract_batch(signals, 16000)
    found = encoder.model_copy(update={"device": "cuda"}).extract_batch(signals, 16000)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


stacks = st.lists(st.tuples(st.integers(1, 10), st.integers(1, 5)), min_size=1, max_size=5)


@given(stacks, st.integers(0, 3000))
def test_frames_are_counted_as_layer_after_layer_does(stack: list[tuple[int, int]], samples: int) -> None:
    left = samples
    for kernel, stride in stack:
        left = max(0, (left - kernel) // stride + 1)
    assert Convolutions.of(*zip(*stack, strict=True)).frames(samples) == left


@given(stacks, st.integers(0, 3000), st.integers(1, 1000))
def test_windows_have_the_frames_of_the_whole(stack: list[tuple[int, int]], samples: int, longest: int) -> None:
    convolutions = Convolutions.of(*zip(*stack, strict=True))
    windows = convolutions.windows(np.arange(samples, dtype=np.float32), longest)
    frames = [convolutions.frames(len(window)) for window in windows]
    assert sum(frames) == convolutions.frames(samples)
    assert all(0 < count <= max(1, convolutions.frames(longest)) for count in frames)
    assert [window[0] for window in windows] == [convolutions.step * sum(frames[:n]) for n in range(len(frames))]
    assert not frames or max(frames) - min(frames) <= 1


@given(st.lists(st.integers(1, 50), max_size=20), st.integers(1, 200), st.booleans())
def test_groups_are_bounded_and_alike(lengths: list[int], most: int, equal: bool) -> None:
    groups = list(like_with_like(lengths, most, equal))
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        of_group = [lengths[index] for index in group]
        assert len(group) == 1 or len(group) * max(of_group) <= most
        assert not equal or len(set(of_group)) == 1
