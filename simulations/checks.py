"""What can be refused before any work is done, though it needs more than one field to see."""

from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError, Problems
from fedser.models.parameters import parameters
from simulations.experiment import Experiment


def parameter_shapes(simulation: Simulation, features: int) -> dict[str, tuple[int, ...]]:
    """The name and shape of every parameter of the model that is trained on ``features`` inputs."""
    network = simulation.task.network(simulation.defended_model, features, simulation.stream("init"))
    return {name: array.shape for name, array in parameters(network).items()}


def planned_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """``parameter_shapes`` before there is any training or feature."""
    return parameter_shapes(experiment.simulation("check"), len(experiment.features.names()))


def check_experiment(experiment: Experiment) -> None:
    """Raise ConfigError with every layer and every attack that this model or this capture does not allow."""
    problems, shapes = Problems(), planned_shapes(experiment)
    with problems.collect(ConfigError):
        experiment.capture.check(shapes)
    for config in experiment.attacks:
        with problems.collect(ConfigError):
            config.check(shapes, experiment.capture.layers)
    problems.raise_if_any(ConfigError)
