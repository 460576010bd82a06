"""Pretrained weights into a model that computes and never learns: once per process, the last one used is kept."""

import pickle
from functools import lru_cache
from typing import Any

from safetensors import SafetensorError

from fedser.errors import InputError
from fedser.features.encoders.checkpoint import Checkpoint
from fedser.features.encoders.library import first_line, library

_UNUSED = ("masked_spec_embed", "pooler.")
"""Weights, by the beginning of their names, that no hidden state depends on outside training."""

_DAMAGED = (OSError, RuntimeError, ValueError, KeyError, EOFError, SafetensorError)


def network_of(checkpoint: Checkpoint, device: str, layers: int | None = None) -> Any:
    """The checkpoint's model of transformers on ``device``, float32, in evaluation mode.

    Of its transformer the first ``layers`` are kept, or all: what lies above them need not be computed. Heads (of
    pretraining, of a fine-tuning) are not part of it. Raises InputError where weights are damaged, lack tensors, or
    hold other Python objects than tensors, which are never unpickled.
    """
    return _network(checkpoint, checkpoint.digest(), device, layers)


@lru_cache(maxsize=1)
def _network(checkpoint: Checkpoint, digest: str, device: str, layers: int | None) -> Any:
    import torch

    # An adapter, as some fine-tuned speech models have, would shorten the frames after the last layer.
    headless = {"add_adapter": False} if checkpoint.config.get("add_adapter") else {}
    try:
        network, found = library().AutoModel.from_pretrained(
            checkpoint.folder,
            dtype=torch.float32,
            use_safetensors=checkpoint.safe,
            weights_only=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **headless,
        )
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{checkpoint.folder}: weights that hold more than tensors, which is not unpickled since it could run any"
            " code; save them as model.safetensors where you trust them"
        ) from error
    except _DAMAGED as error:
        raise InputError(f"{checkpoint.folder}: weights that cannot be loaded: {first_line(error)}") from error
    missing = sorted(name for name in found["missing_keys"] if not name.startswith(_UNUSED))
    if missing:
        raise InputError(f"{checkpoint.folder}: weights lack {len(missing)} tensors: {', '.join(missing[:3])}")
    if layers is not None:
        del network.encoder.layers[layers:]
    return network.to(device).eval().requires_grad_(False)
