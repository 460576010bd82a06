"""How much noise an epsilon takes, and how much epsilon a noise gives: the subsampled Gaussian mechanism by opacus.

Of ``steps`` releases, each is a sum over a random part of the records, each record in it with the probability ``rate``
and of norm 1 at most, with N(0, z^2) added; neighbours differ in one record that is there or not (Abadi et al. 2016,
arXiv 1607.00133; RDP: Mironov et al. 2019, arXiv 1908.10530; PRV: Gopi et al. 2021, arXiv 2106.02848).
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

import numpy as np

from fedser.errors import ConfigError

AccountantName = Literal["rdp", "prv"]


@lru_cache(maxsize=4096)
def epsilon_of(noise: float, rate: float, steps: int, delta: float, accountant: AccountantName) -> float:
    """Epsilon at ``delta`` of so many steps with the noise multiplier z: opacus's number; without noise infinite."""
    if not steps:
        return 0.0
    if not noise:
        return math.inf
    from opacus.accountants import create_accountant

    counting = create_accountant(accountant)
    counting.history = [(noise, rate, steps)]
    with _quiet():
        return float(counting.get_epsilon(delta=delta))


@lru_cache(maxsize=4096)
def noise_for(epsilon: float, rate: float, steps: int, delta: float, accountant: AccountantName) -> float:
    """The least noise multiplier z, to opacus's precision, by which so many steps keep to ``epsilon`` at ``delta``.

    Raises ConfigError where opacus finds none.
    """
    from opacus.accountants.utils import get_noise_multiplier

    wanted = {"target_epsilon": epsilon, "target_delta": delta, "sample_rate": rate, "steps": steps}
    try:
        with _quiet():
            return float(get_noise_multiplier(**wanted, accountant=accountant))
    except ValueError as error:
        raise ConfigError(
            f"epsilon: {epsilon:g} at delta {delta:g} in {steps} steps of rate {rate:g}: {error} (choose a larger one)"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what opacus says on its way: that other orders would be tighter, of noises that its search passes by, and
    that log(1 - q) is of zero, where q is one and minus infinity is right.
    """
    with warnings.catch_warnings(), np.errstate(divide="ignore"):
        warnings.filterwarnings("ignore", message="Optimal order is the")
        yield
