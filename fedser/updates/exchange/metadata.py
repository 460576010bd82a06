"""What stands beside the tensors for `breaching`: the data's shape, and what a client says of its batch.

Keys as in its ``cases/users.py``, ``cases/servers.py`` and ``minimal_example.py``. ``labels`` are null: none is ever
captured. Its attacks unroll plain SGD over equal slices of one epoch; nothing else that clients do can be told to them.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from fedser.errors import ConfigError
from fedser.updates.public import PublicParameters
from fedser.updates.update import model_parameters


def data_metadata(public: PublicParameters) -> Mapping[str, Any]:
    """The server's description of the data; ``modality`` only keeps text's special treatment away."""
    return {"modality": "vision", "shape": [public.features], "classes": len(public.classes), "normalize": False}


def shared_metadata(public: PublicParameters, examples: int) -> Mapping[str, Any]:
    """What one client of ``examples`` utterances lets the server know."""
    return {"num_data_points": examples, "labels": None, "local_hyperparams": _local(public, examples)}


def refuse_untold(public: PublicParameters) -> None:
    """Raise ConfigError where clients did what `breaching` has no words for: its attacks would be misled silently."""
    beside = [name for name in public.parameters if name not in model_parameters(public.parameters)]
    if beside:
        raise ConfigError(
            f"--format breaching: the clients of {public.training} minimised more than their task's loss, with"
            f" {', '.join(beside)} beside the model, and breaching's attacks know of the task's alone (choose --format"
            " npz)"
        )
    if public.sends == "gradient":
        return
    optimizer = dict(public.algorithm.get("optimizer", {}))
    name, epochs = optimizer.pop("name", "unknown"), public.algorithm.get("epochs")
    extra = [key for key in ("momentum", "weight_decay") if optimizer.get(key)]
    if name != "sgd" or epochs != 1 or extra:
        trained = f"{name} over {epochs} epochs" + (f" with {', '.join(extra)}" if extra else "")
        raise ConfigError(
            f"--format breaching: the clients of {public.training} trained by {trained}, and breaching's attacks unroll"
            " plain sgd over 1 epoch (choose --format npz)"
        )


def _local(public: PublicParameters, examples: int) -> Mapping[str, Any] | None:
    if public.sends == "gradient":
        return None
    size = public.algorithm["batch_size"]
    return {
        "lr": public.algorithm["learning_rate"],
        "steps": ceil(examples / size),
        "data_per_step": size,
        "labels": None,
    }
