"""The 36 cells of Table 4 of Feng et al. 2021: which corpus is private, on which features, by which algorithm.

Sizes are those of the corpora (Table 1 and section 2) and features (section 5.2); speakers of IEMOCAP and MSP-Improv
are split in ten clients each, those of CREMA-D are one each (section 5.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from fedser.algorithms import AlgorithmConfig
from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD


@dataclass(frozen=True)
class Shape:
    """A corpus in numbers: ``utterances`` by class (neutral, happy, sad, angry), clients per speaker."""

    corpus: str
    women: int
    men: int
    utterances: tuple[int, int, int, int]
    parts: int


CREMA_D = Shape("CREMA-D", 43, 48, (1972, 1219, 588, 1019), 1)
IEMOCAP = Shape("IEMOCAP", 5, 5, (1099, 947, 608, 289), 10)
MSP_IMPROV = Shape("MSP-Improv", 6, 6, (2072, 1184, 739, 585), 10)
CORPORA = (CREMA_D, IEMOCAP, MSP_IMPROV)

FEATURES: Mapping[str, int] = MappingProxyType(
    {"Emo-Base": 988, "APC": 512, "Vq-APC": 512, "NPC": 512, "Tera": 768, "DeCoAR 2.0": 768}
)
ALGORITHMS: tuple[AlgorithmConfig, ...] = (FedAvg(), FedSGD())


@dataclass(frozen=True)
class Cell:
    """The other two corpora are the shadows."""

    private: Shape
    features: str
    algorithm: AlgorithmConfig

    @property
    def shadow(self) -> tuple[Shape, ...]:
        """On what the attacker trains."""
        return tuple(shape for shape in CORPORA if shape != self.private)

    @property
    def dims(self) -> int:
        """How many features there are."""
        return FEATURES[self.features]

    @property
    def label(self) -> str:
        """How the tables call it."""
        return f"{self.private.corpus}, {self.features}, {self.algorithm.name}"


CELLS = tuple(Cell(*choice) for choice in product(CORPORA, FEATURES, ALGORITHMS))
