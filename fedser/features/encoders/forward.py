"""Waveforms through a speech encoder: prepared as its authors did, padded, and masked where they are.

Models whose convolutions are normalised over the whole time (``feat_extract_norm`` group: wav2vec 2.0, HuBERT and WavLM
base) hear the padding, and were trained without masks; those with layer normalisation were trained with them.
"""

import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fedser.devices import one_thread
from fedser.features.encoders.checkpoint import Checkpoint, read_json
from fedser.features.encoders.library import library
from fedser.features.encoders.windows import Convolutions
from fedser.features.extractor import Frames, Signal


def preparation_of(folder: Path) -> dict[str, Any]:
    """What the model's folder says of the preparation of audio: ``sampling_rate`` in Hz, ``do_normalize``."""
    joint = folder / "processor_config.json"
    settings = read_json(joint).get("feature_extractor") if joint.is_file() else None
    return settings if isinstance(settings, dict) else read_json(folder / "preprocessor_config.json")


def prepared(checkpoint: Checkpoint, signal: Signal, sample_rate: int) -> Signal:
    """``signal`` [samples] as the model wants it: mostly of zero mean and unit variance over the utterance."""
    front = _front(checkpoint.folder, checkpoint.digest())
    return np.asarray(front(signal, sampling_rate=sample_rate)["input_values"][0], np.float32)


def hears_padding(checkpoint: Checkpoint) -> bool:
    """Whether no mask keeps the padding of a shorter signal from its frames."""
    return checkpoint.setting("feat_extract_norm") == "group" or bool(checkpoint.config.get("conv_pos_batch_norm"))


def convolutions_of(checkpoint: Checkpoint) -> Convolutions:
    """The convolutions between a waveform and the transformer."""
    return Convolutions.of(checkpoint.setting("conv_kernel"), checkpoint.setting("conv_stride"))


def hidden_states(
    network: Any, convolutions: Convolutions, signals: Sequence[Signal], layer: Literal["last"] | int
) -> list[Frames]:
    """The states of a layer, float32 [frames, dims], for each of the prepared signals, computed together."""
    import torch

    lengths = torch.tensor([len(signal) for signal in signals])
    padded = torch.zeros(len(signals), int(lengths.max()))
    for row, signal in zip(padded, signals, strict=True):
        row[: len(signal)] = torch.from_numpy(signal)
    mask = None if (lengths == lengths[0]).all() else torch.arange(padded.shape[1]) < lengths[:, None]
    with one_thread(), torch.inference_mode(), warnings.catch_warnings():
        # WavLM as transformers writes it hands torch a mask of truth values beside a bias of numbers.
        warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask", UserWarning)
        found = network(
            padded.to(network.device),
            attention_mask=None if mask is None else mask.long().to(network.device),
            output_hidden_states=layer != "last",
        )
    states = found.last_hidden_state if layer == "last" else found.hidden_states[layer]
    pairs = zip(states.cpu(), signals, strict=True)
    return [each[: convolutions.frames(len(signal))].numpy() for each, signal in pairs]


@lru_cache(maxsize=1)
def _front(folder: Path, digest: str) -> Any:
    """What prepares audio for the model in ``folder``."""
    return library().Wav2Vec2FeatureExtractor.from_pretrained(folder, local_files_only=True)
