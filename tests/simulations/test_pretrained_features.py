"""Studies on features of a pretrained network: what is refused first, and that its weights are part of the run."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from fedser.config import load
from simulations.corpora import read_corpora
from simulations.experiment import Experiment
from simulations.machine import Machine
from simulations.progress import bars
from simulations.run_folder import RunFolder
from simulations.stages.features import prepare

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "leakage" / "ravdess_apc_fedsgd.yaml"


def save_apc(path: Path, width: int = 16, seed: int = 0) -> Path:
    """A checkpoint of APC in the official format, with random weights; the official width is 512."""
    from s3prl.upstream.apc.apc import APC

    paras = {"num_layers": 3, "hidden_size": width, "dropout": 0.1, "residual": True}
    audio = {"feat_type": "fbank", "feat_dim": 80, "frame_length": 25, "frame_shift": 10, "cmvn": True}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        weights = APC(80, **paras).state_dict()
    torch.save({"model": weights, "config": {"model": {"paras": paras}, "data": {"audio": audio}}}, path)
    return path


@pytest.fixture
def apc(tmp_path: Path) -> dict[str, Any]:
    """The features of a small APC."""
    return {"name": "apc", "checkpoint": str(save_apc(tmp_path / "apc.ckpt")), "device": "cpu"}


def test_a_study_runs_on_a_checkpoint(fedser: Cli, config: Write, tmp_path: Path, apc: dict[str, Any]) -> None:
    out = tmp_path / "run"
    code, shown, errors = fedser("run", config(features=apc), "--out", out)
    assert code == 0, errors
    assert "report.html" in shown
    assert {"logistic", "majority", "oracle"} == set(pd.read_csv(out / "leakage.csv")["attack"])


def test_other_weights_at_the_same_place_give_other_features(
    config: Write, tmp_path: Path, apc: dict[str, Any]
) -> None:
    experiment = load(Experiment, config(features=apc))
    machine, folder = Machine.of(experiment, 1), RunFolder(tmp_path / "run")
    corpora = read_corpora(experiment, lambda reader: reader.read(machine.context()))

    def features() -> bytes:
        with bars() as shown:
            prepare(experiment, machine, folder, corpora, shown)
        return (folder.role("private") / "x.npy").read_bytes()

    first = features()
    assert features() == first
    save_apc(tmp_path / "apc.ckpt", seed=1)
    assert features() != first


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_checkpoint_is_refused_before_any_work(fedser: Cli, tmp_path: Path, command: str) -> None:
    where = ("--out", tmp_path / "run") if command == "run" else ()
    code, _, errors = fedser(command, CONFIG, *where)
    assert code == 2
    said = " ".join(errors.split())
    assert "features.checkpoint: not set; download the official weights of APC, apc_360hr.ckpt, from https://" in said
    assert "Traceback" not in errors
    assert not (tmp_path / "run").exists()


def test_a_wrong_checkpoint_is_refused_before_any_work(
    fedser: Cli, config: Write, tmp_path: Path, apc: dict[str, Any]
) -> None:
    shutil.copy(CONFIG, tmp_path / "apc.ckpt")
    code, _, errors = fedser("run", config(features=apc), "--out", tmp_path / "run")
    assert code == 2
    assert "apc.ckpt: not written by torch.save, or cut short" in " ".join(errors.split())
    assert not (tmp_path / "run").exists()
