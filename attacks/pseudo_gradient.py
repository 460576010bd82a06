"""Pseudo-gradients: what an attacker derives from a client's model when no gradient is sent (Feng et al. 2021, eq. 5).

Everything on the right of eq. 5 is public: both models, n_k, the batch size, the local epochs and the learning rate.
"""

from typing import Any, Literal

import numpy as np

from fedser.errors import CaptureError
from fedser.updates.public import PublicParameters
from fedser.updates.update import Arrays

Steps = Literal["actual", "published"]
"""How T of eq. 5 is counted: as it is, or as in the code behind the paper, one too many where the batch divides n."""


def local_steps(examples: int, batch_size: int, epochs: int, steps: Steps) -> int:
    """T, the number of local steps: E ceil(n / B), or as published E (int(n / B) + 1).

    ``examples`` is n, the client's utterances; ``batch_size`` is B and ``epochs`` E.
    """
    full, rest = divmod(examples, batch_size)
    per_epoch = full + 1 if steps == "published" else full + bool(rest)
    return epochs * per_epoch


def pseudo_gradient(before: Arrays, after: Arrays, examples: int, public: PublicParameters, steps: Steps) -> Arrays:
    """g' = (theta_t - theta_k) / (T eta) (eq. 5), float32, for every array of ``after``.

    ``before`` is the broadcast model and ``after`` the client's. Adam's steps are not proportional to gradients, so
    that after local Adam g' is the mean *step* over eta, whose elements lie roughly within [-1, 1].
    Raises CaptureError when the public parameters lack B, E or eta.
    """
    batch_size, epochs = int(_public(public, "batch_size")), int(_public(public, "epochs"))
    divisor = local_steps(examples, batch_size, epochs, steps) * float(_public(public, "learning_rate"))
    return {name: (before[name] - array) / np.float32(divisor) for name, array in after.items()}


def _public(public: PublicParameters, name: str) -> Any:
    if name not in public.algorithm:
        raise CaptureError(
            f"training {public.training}: no {name} among its public parameters"
            f" ({', '.join(public.algorithm)}); a pseudo-gradient needs it (eq. 5)"
        )
    return public.algorithm[name]
