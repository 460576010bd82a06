"""The attacker's own randomness."""

from fedser.seeds import Stream
from simulations.experiment import Experiment


def attackers_stream(experiment: Experiment, label: str) -> Stream:
    """Randomness of the attack's own: with the experiment's seed it could draw the clients' masks and noise again."""
    return Stream(experiment.stream("attack", label).integer())
