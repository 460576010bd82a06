"""Device names: what a configuration may say, and what it stands for on this machine."""

import pytest
import torch

from fedser.config import Frozen, load
from fedser.devices import Device, resolve
from fedser.errors import ConfigError


class Settings(Frozen):
    device: Device = "auto"


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch):
    """gpus(n): torch finds so many, the last of which is the current one."""

    def found(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: count - 1)

    return found


@pytest.mark.parametrize(
    ("count", "name", "expected"),
    [
        (0, "auto", "cpu"),
        (0, "cpu", "cpu"),
        (2, "auto", "cuda:1"),
        (2, "cpu", "cpu"),
        (2, "cuda", "cuda:1"),
        (2, "cuda:0", "cuda:0"),
    ],
)
def test_a_name_stands_for_a_device(gpus, count, name, expected):
    gpus(count)
    assert resolve(name, "device") == torch.device(expected)


@pytest.mark.parametrize(
    ("count", "name", "message"),
    [
        (0, "cuda", "attack cnn: device: 'cuda', but torch finds no CUDA device here (choose from auto, cpu)"),
        (0, "cuda:1", "attack cnn: device: 'cuda:1', but torch finds no CUDA device here (choose from auto, cpu)"),
        (
            1,
            "cuda:1",
            "attack cnn: device: 'cuda:1', but torch finds 1 CUDA device here (choose from auto, cpu, cuda:0)",
        ),
    ],
)
def test_a_gpu_that_is_not_there_is_refused(gpus, count, name, message):
    gpus(count)
    with pytest.raises(ConfigError) as refusal:
        resolve(name, "attack cnn: device")
    assert str(refusal.value) == message


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:-1", "cuda:one", "CPU", "cpu:0", ""])
def test_another_name_is_refused(name, tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text(f"device: '{name}'\n")
    with pytest.raises(ConfigError) as refusal:
        load(Settings, path)
    assert (
        str(refusal.value) == f"{path}:1: device: unknown {name!r} (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)"
    )
