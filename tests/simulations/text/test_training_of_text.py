"""Training: it learns what there is to learn, ends in time, keeps the best, and tunes of the encoder what it should."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.features.encoders.text import TextEncoder
from fedser.seeds import Stream
from simulations.text.inputs import Tokens, Vectors, fresh_encoder
from simulations.text.models import General, TextModel
from simulations.text.models.gender_exp import GenderExp
from simulations.text.models.priv_adv import PrivAdv
from simulations.text.study import Training
from simulations.text.task import TextTask
from simulations.text.texts import Texts
from simulations.text.training import Network, Part, train, validation_uar

SETTINGS = Training(hidden=8, dropout=0.0, batch_size=16, epochs=30, learning_rate=0.01)


def planted(number: int, seed: int) -> Part:
    """Vectors of which the first three numbers are the class, and the fourth the value of the attribute."""
    rng = np.random.default_rng(seed)
    labels, values = rng.integers(0, 3, number), rng.integers(0, 2, number)
    x = rng.normal(size=(number, 16)).astype(np.float32) * 0.3
    x[np.arange(number), labels] += 2.0
    x[:, 3] += 3.0 * values - 1.5
    names = tuple(map(str, range(number)))
    texts = Texts("c", names, names, labels, values, names)
    return Part(texts, Vectors(x, {name: row for row, name in enumerate(names)}, names))


def trained(
    bert: Path, model: TextModel, settings: Training = SETTINGS
) -> tuple[Network, list[dict[str, float]], Part]:
    network = Network.begun(fresh_encoder(TextEncoder(model=str(bert))), 16, settings, Stream(1))
    validation = planted(200, 2)
    return network, train(network, model, settings, planted(300, 1), validation, Stream(4)), validation


def value_uar(network: Network, part: Part) -> float:
    """How well a line through the embedding tells the attribute: least squares on one half, asked of the other."""
    x = np.c_[network.said(part)[1].astype(np.float64), np.ones(len(part.texts))]
    y = 2.0 * part.texts.values - 1.0
    half = len(y) // 2
    weights = np.linalg.lstsq(x[:half].T @ x[:half] + 1e-3 * np.eye(x.shape[1]), x[:half].T @ y[:half], rcond=None)[0]
    said, true = x[half:] @ weights > 0, y[half:] > 0
    return float((said[true].mean() + (~said[~true]).mean()) / 2)


def test_it_learns_and_leaves_the_best_epoch(bert: Path) -> None:
    network, history, validation = trained(bert, General())
    reached = [row["validation_uar"] for row in history]
    assert max(reached) > 0.95
    assert validation_uar(network, validation) == max(reached)
    assert len(history) == min(30, int(np.argmax(reached)) + 1 + SETTINGS.patience)


def test_the_same_streams_give_the_same_weights(bert: Path) -> None:
    first, second = (
        trained(bert, PrivAdv(), SETTINGS.model_copy(update={"dropout": 0.3, "epochs": 3}))[0].state() for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_planted_attribute_is_unlearned_by_reversal_and_kept_by_the_control(bert: Path) -> None:
    slow = SETTINGS.model_copy(update={"learning_rate": 0.002, "patience": 30, "epochs": 25})
    adverse, _, validation = trained(bert, PrivAdv(), slow)
    control, _, _ = trained(bert, GenderExp(), slow)
    assert value_uar(control, validation) > 0.9
    assert value_uar(adverse, validation) < value_uar(control, validation) - 0.15
    assert validation_uar(adverse, validation) > 0.9


@pytest.mark.parametrize(
    ("tune", "moved"), [("head", set()), (1, {"layer.1"}), ("all", {"layer.0", "layer.1", "embeddings"})]
)
def test_what_is_to_learn_of_the_encoder_learns(bert: Path, tune: str | int, moved: set[str]) -> None:
    config, settings = TextEncoder(model=str(bert)), SETTINGS.model_copy(update={"tune": tune, "epochs": 1})
    words = ("I love it", "It is there", "I hate it") * 4
    labels, values = np.tile([2, 1, 0], 4), np.tile([0, 1], 6)
    names = tuple(map(str, range(12)))
    part = Part(Texts("c", names, words, labels, values, names), Tokens(config, words))
    network = Network.begun(fresh_encoder(config), 16, settings, Stream(1))
    before = {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}
    train(network, General(), settings, part, part, Stream(4))
    changed = {name for name, tensor in network.encoder.state_dict().items() if not torch.equal(before[name], tensor)}
    assert {part for part in ("layer.0", "layer.1", "embeddings") if any(part in name for name in changed)} == moved
    assert any(name.startswith("encoder.") for name in network.state()) == bool(moved)


def test_a_ratings_class_is_that_of_the_papers_bins() -> None:
    rows = pd.DataFrame(
        {"utterance": list("abcdef"), "text": "x", "speaker": "s", "valence": [1, 2.75, 2.76, 3.25, 3.3, np.nan]}
    )
    corpus = Corpus("c", rows, pd.DataFrame({"speaker": ["s"]}))
    assert TextTask().labels(corpus, "iemocap").tolist() == [0, 0, 1, 1, 2, -1]
    assert TextTask().labels(corpus, "muse").tolist() == [0, 0, 0, 0, 0, -1]  # from 1 to 9, cut at 3.75 and 4.25
    assert TextTask(edges={"c": (1.0, 3.0)}).labels(corpus, "muse").tolist() == [0, 1, 1, 2, 2, -1]
    with pytest.raises(InputError, match=r"task.edges: where valence of corpus c is cut is not known"):
        TextTask().labels(corpus, "manifest")
    assert TextTask(dimension="activation").labels(corpus, "iemocap").tolist() == [-1] * 6
