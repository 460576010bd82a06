"""The attack's device and precision: refused where they cannot be had, and what they leave as it was."""

import pytest
import torch

from attacks.cnn.arithmetic import arithmetic
from attacks.cnn.attack import Cnn
from attacks.cnn.settings import Convolution, Pool
from fedser.config import load
from fedser.errors import ConfigError
from fedser.seeds import Stream

PARAMETERS = {"dense1.weight": (16, 24), "dense1.bias": (16,)}


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_a_gpu_that_is_not_there_is_refused_with_all_else(no_gpu):
    cnn = Cnn(device="cuda:1", pools={"dense8": (None, None, None)})
    with pytest.raises(ConfigError) as refusal:
        cnn.check(PARAMETERS, "all")
    assert str(refusal.value).splitlines() == [
        "attack cnn: pools: unknown dense8 (choose from dense1)",
        "attack cnn: device: 'cuda:1', but torch finds no CUDA device here (choose from auto, cpu)",
    ]


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_tf32_is_refused_where_there_is_no_gpu(device, no_gpu):
    with pytest.raises(ConfigError) as refusal:
        Cnn(device=device, precision="tf32").check(PARAMETERS, "all")
    assert str(refusal.value) == "attack cnn: precision: tf32 is for a GPU, not for cpu (choose from float32, bf16)"


def test_defaults_change_no_result(no_gpu):
    assert (Cnn().device, Cnn().precision) == ("auto", "float32")
    Cnn().check(PARAMETERS, "all")


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("device: gpu", "device: unknown 'gpu' (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)"),
        ("precision: half", "precision: should be 'float32', 'tf32' or 'bf16', got \"half\""),
        ("resident: 1.5", "resident: should be less than or equal to 1, got 1.5"),
    ],
)
def test_impossible_settings_are_refused_at_their_line(line, mistake, tmp_path):
    path = tmp_path / "cnn.yaml"
    path.write_text(f"name: cnn\n{line}\n")
    with pytest.raises(ConfigError) as refusal:
        load(Cnn, path)
    assert str(refusal.value) == f"{path}:2: {mistake}"


def test_torch_computes_within_as_told_and_after_as_before(no_gpu):
    before = torch.get_num_threads(), torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic
    for precision, tf32 in (("float32", False), ("tf32", True)):
        with pytest.raises(RuntimeError, match="stopped"), arithmetic(Cnn(threads=3, precision=precision)) as device:
            assert device == torch.device("cpu")
            assert torch.get_num_threads() == 3
            assert torch.backends.cudnn.deterministic and torch.backends.cudnn.allow_tf32 == tf32
            raise RuntimeError("stopped")
        after = torch.get_num_threads(), torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic
        assert after == before


SMALL = Cnn(
    layers=("dense1",),
    convolutions=(Convolution(filters=2), Convolution(filters=2, batch_norm=True)),
    pools={"dense1": (Pool.square(2), Pool.square(2))},
    hidden=(4,),
    epochs=2,
    threads=1,
    device="cpu",
)


def test_half_precision_is_another_fit_near_the_first(world, tmp_path):
    exact, half = (
        cnn.fit(world.shadow, Stream(1), tmp_path).scores(world.private)["dense1"]
        for cnn in (SMALL, SMALL.model_copy(update={"precision": "bf16"}))
    )
    assert len(list(tmp_path.iterdir())) == 2
    assert (exact != half).any() and abs(exact - half).max() < 0.1


def test_where_updates_lie_is_no_other_fit(world, tmp_path):
    for share in (0.0, 0.5):
        SMALL.model_copy(update={"resident": share}).fit(world.shadow, Stream(1), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("share", [0.0, 0.5], ids=["streamed", "kept"])
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 0.01), ("tf32", 0.05), ("bf16", 0.1)])
def test_a_gpu_learns_the_same_and_goes_on_bit_for_bit(share, precision, tolerance, world, tmp_path):
    gpu = SMALL.model_copy(update={"device": "cuda", "precision": precision, "resident": share})
    expected = SMALL.fit(world.shadow, Stream(1), tmp_path / "cpu").scores(world.private)["dense1"]
    whole = gpu.fit(world.shadow, Stream(1), tmp_path / "whole").scores(world.private)["dense1"]
    assert abs(whole - expected).max() < tolerance

    def kill(what: str, done: int, total: int) -> None:
        if "epoch 2" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gpu.fit(world.shadow, Stream(1), tmp_path / "killed", kill)
    resumed = gpu.fit(world.shadow, Stream(1), tmp_path / "killed").scores(world.private)["dense1"]
    assert (resumed == whole).all()
