"""What can be refused before any work is done, though it needs more than one field to see."""

from collections.abc import Mapping
from itertools import chain

from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError, InputError, Problems
from fedser.models.parameters import parameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import model_parameters
from simulations.experiment import Experiment
from simulations.feature_checks import check_features
from simulations.scoring.references import check_reference


def parameter_shapes(simulation: Simulation, features: int) -> dict[str, tuple[int, ...]]:
    """The name and shape of every parameter of the model that is trained on ``features`` inputs."""
    return {name: array.shape for name, array in parameters(simulation.network(features)).items()}


def planned_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """``parameter_shapes`` before there is any training or feature."""
    return parameter_shapes(experiment.simulation("check"), len(experiment.features.names()))


def captured_reductions(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]]) -> tuple[ReductionConfig, ...]:
    """What the attacks make of updates, each once, where this is captured in place of whole updates; else none.

    A static adversary has learned to make it of models beside which nothing travels.
    """
    if experiment.capture.store == "updates":
        return ()
    readers = (*experiment.attacks, *(linker.reader for linker in experiment.linkers))
    known = [shapes, model_parameters(shapes)] if True in experiment.statics else [shapes]
    declared = (config.reductions(each) or () for config in readers for each in known)
    return tuple(dict.fromkeys(chain.from_iterable(declared)))


def aligned_reductions(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]]) -> tuple[ReductionConfig, ...]:
    """What is kept of aligned shadow updates, each once; none where an attack on them reads whole updates."""
    attacks = [one.attack for one in experiment.adversaries().values() if "aligned" in one.learns_from]
    made = [attack.reductions(shapes) for attack in attacks]
    return () if None in made else tuple(dict.fromkeys(chain.from_iterable(one or () for one in made)))


def check_experiment(experiment: Experiment) -> None:
    """Raise ConfigError with all that cannot work: features that are not to be had here, or that the model does not
    take, and every layer and every attack that this model or this capture does not allow.
    """
    problems = Problems()
    with problems.collect(ConfigError):
        check_reference(experiment.scores.reference, experiment.adversaries())
    with problems.collect(ConfigError), problems.collect(InputError):
        check_features(experiment.features, experiment.model)
    problems.raise_if_any(ConfigError)
    shapes = planned_shapes(experiment)
    for linker in experiment.linkers:
        with problems.collect(ConfigError):
            linker.reduction(shapes)
    for inverter in experiment.inversion:
        with problems.collect(ConfigError):
            inverter.check(shapes, experiment.capture.layers)
    if experiment.canaries is not None:
        with problems.collect(ConfigError):
            experiment.canaries.check(experiment.simulation("check"), shapes)
    problems.raise_if_any(ConfigError)
    usable = _usable(experiment, shapes, problems)
    reductions = captured_reductions(usable, shapes)
    # What an attack that cannot be used would have had captured is not known: then nothing is said of the capture.
    if reductions or experiment.capture.store == "updates" or usable == experiment:
        with problems.collect(ConfigError):
            experiment.capture.check(shapes, reductions)
    for config in (*usable.attacks, *(linker.reader for linker in experiment.linkers)):
        with problems.collect(ConfigError):
            if reductions:
                config.check_reduced(shapes, reductions)
            else:
                config.check(shapes, experiment.capture.layers)
    problems.raise_if_any(ConfigError)


def _usable(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]], problems: Problems) -> Experiment:
    """The experiment with those of its attacks that such a model allows; what forbids the others is noted."""
    attacks = []
    for config in experiment.attacks:
        with problems.collect(ConfigError):
            config.needs(shapes)
            if True in experiment.statics:
                config.needs(model_parameters(shapes))
            attacks.append(config)
    return experiment.model_copy(update={"attacks": tuple(attacks)})
