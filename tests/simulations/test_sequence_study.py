"""Models of frames through the command line: trained, captured, attacked layer by layer; and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.updates.store import UpdateStore

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

CNN = {
    "name": "cnn",
    "layers": ["conv1", "attention.query"],
    "convolutions": [{"filters": 2}],
    "hidden": [4],
    "epochs": 1,
    "max_updates": 20,
    "threads": 1,
}
MODELS = {
    "gru": {"name": "gru", "width": 4, "attention": 4, "hidden": [8], "dropout": [0.0]},
    "attention_cnn": {
        "name": "attention_cnn",
        "convolutions": 2,
        "channels": 2,
        "kernel_size": 3,
        "pool": [4, 4],
        "attention": 4,
        "hidden": [8],
        "dropout": [0.0],
    },
}
TASK = {
    "name": "detection",
    "classes": ["calm", "rough"],
    "labels": {"neutral": "calm", "sad": "calm", "happy": "rough", "angry": "rough"},
}
CHANGES = {
    "features": {"name": "lmfb"},
    "rounds": 3,
    "trainings": {"private": 1, "shadow": 1},
    "scores": {"bootstrap": 100},
}


def test_a_study_of_frames_from_audio_to_leakage(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "logistic"}, CNN]
    partition = {"name": "speaker", "normalise": "speaker", "folds": {"number": 2}}
    made = config(model=MODELS["attention_cnn"], attacks=attacks, partition=partition, task=TASK, **CHANGES)
    out = tmp_path / "run"
    code, _, errors = fedser("run", made, "--out", out)
    assert code == 0, errors
    detected(fedser, out)
    assert UpdateStore(out / "simulate" / "private-0" / "updates").layers[0] == "conv1"
    read = pd.read_csv(out / "leakage.csv").groupby("attack")["layer"].unique().map(set)
    assert read["logistic"] == {"conv1"} and read["cnn"] == {"conv1", "attention.query", "fused"}
    folder = out / "features" / "private"
    frames, offsets = (np.load(folder / f"{name}.npy") for name in ("x", "offsets"))
    assert frames.shape == (offsets[-1], 40)
    speakers = pd.read_csv(folder / "utterances.csv", dtype=str)["speaker"].repeat(np.diff(offsets)).to_numpy()
    for speaker in np.unique(speakers):
        mine = frames[speakers == speaker]
        assert np.allclose(mine.mean(axis=0), 0, atol=1e-3) and np.allclose(mine.std(axis=0), 1, atol=1e-2)


def detected(fedser: Cli, out: Path) -> None:
    """What the page about it says, and that it is made of the run's own answers."""
    code, said, errors = fedser("detect", out)
    assert code == 0 and said.strip() == f"report: {out / 'detection' / 'report.html'}", errors
    table = pd.read_csv(out / "detection" / "detection.csv")
    assert set(table["corpus"]) == {"a", "b + c"} and (table["splits"] == 1).all()
    mean = table[table["corpus"] == "a"].set_index("measure")["mean"]
    held_out = pd.read_csv(out / "ser.csv").query("training == 'private-0' and split == 'test'").iloc[0]
    assert np.isclose(mean["accuracy"], held_out["accuracy"]) and np.isclose(mean["weighted_accuracy"], held_out["uar"])
    page = (out / "detection" / "report.html").read_text()
    assert "rough against calm" in page
    for name in ("curves", "durations-0", "planes-1", "attention-1"):
        assert f'id="figure-{name}"' in page and (out / "detection" / "figures" / f"{name}.png").is_file()


def test_what_has_not_two_classes_or_is_not_there_is_refused(fedser: Cli, config: Write, tmp_path: Path) -> None:
    assert fedser("detect", tmp_path)[0] == 2
    code, _, errors = fedser("check", config(task=TASK | {"labels": {"happy": "nice"}}))
    assert code == 2 and "labels.happy: 'nice' is no class (choose from calm, rough)" in errors
    code, _, errors = fedser("check", config(task=TASK | {"label": "toxicity"}))
    assert code == 2 and "corpus a: no toxicity; its labels are emotion" in errors
    code, _, errors = fedser("check", config(task=TASK, membership=[{"name": "loss"}]))
    assert code == 2 and "membership: it takes a softmax over classes for granted" in errors


def test_attacks_of_dense_layers_and_of_any_layer_take_a_recurrent_model(fedser: Cli, config: Write) -> None:
    attacks = [{"name": name} for name in ("logistic", "forest", "least_squares", "second_moments", "moments")]
    cnn = CNN | {"layers": "all"}
    code, _, errors = fedser("check", config(model=MODELS["gru"], attacks=[*attacks, cnn], **CHANGES))
    assert code == 0, errors


def test_what_reads_dense_layers_or_vectors_is_refused_all_at_once(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "logistic"}, {"name": "pull_back"}]
    code, _, errors = fedser("check", config(model=MODELS["gru"], attacks=attacks, **CHANGES))
    assert code == 2 and "attack pull_back: layer forward1.state has weight [12, 4] behind forward1.input" in errors
    asking = {"membership": [{"name": "loss"}], "inversion": [{"name": "analytic"}], "representations": {}}
    code, _, errors = fedser("check", config(model=MODELS["gru"], **CHANGES, **asking))
    assert code == 2
    for key in asking:
        assert f"{key}: it passes vectors through dense layers, but model gru reads frames" in errors
