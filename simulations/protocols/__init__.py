"""Protocols: sets of choices of Feng et al. 2021, as their code made them (``paper``) or as they should be (``sound``).

An experiment that names one is given its choices for all that it does not say itself. Each protocol is one YAML file:
``experiment`` are keys of an experiment; ``plugins`` are settings of a plugin, by the key where its family is chosen
and by its name, for wherever the experiment names it.
"""

from simulations.protocols.protocol import Protocol, completed

__all__ = ["Protocol", "completed"]
