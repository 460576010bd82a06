"""tmp"""
from typing import ClassVar, Literal
from collections.abc import Iterator
from fedser.engine.client import Clients, one_thread
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.cohort.single import SingleLearner
from fedser.engine.inline import module_evaluation
from fedser.engine.loop import train, Wanted
from fedser.engine.parts import Part, whole_parts
from fedser.engine.training import Training
class Cohort(Engine):
    """Trains a round's clients at the speed of the arithmetic."""
    source: ClassVar[str] = "x"
    name: Literal["cohort"] = "cohort"
    def run(self, training: Training) -> State:
        simulation, data = training.simulation, training.data.open()
        clients = Clients(simulation, data, SingleLearner(simulation, data))
        def collect(wanted: Wanted) -> Iterator[Part]:
            return whole_parts(len(wanted.clients), clients.replies(wanted.number, wanted.broadcast, wanted.clients))
        with one_thread():
            return train(training, data, collect, module_evaluation(simulation, data))
