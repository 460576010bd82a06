"""What every bench is: frozen sizes that can measure themselves."""

from abc import abstractmethod
from typing import ClassVar

from fedser.config import Frozen
from simulations.bench.results import Results
from simulations.progress import Bars


class Bench(Frozen):
    """A comparison, whose fields are what ``--set`` may change; ``name`` is how the command line calls it."""

    name: ClassVar[str]

    @abstractmethod
    def measure(self, bars: Bars) -> Results:
        """Run all sides in turns; raises FedserError where one cannot run."""
