"""Every plugin of the platform by family, read off the closed unions themselves."""

from typing import Annotated, Any, get_args, get_origin

from attacks import AttackConfig
from attacks.attack import Attack
from attacks.identity import LinkerConfig
from attacks.inversion import InversionConfig
from attacks.inversion.inverter import Inverter
from attacks.membership import MembershipConfig
from attacks.membership.attack import MembershipAttack
from fedser.algorithms import AlgorithmConfig
from fedser.algorithms.optimizer import OptimizerConfig
from fedser.config import Plugin
from fedser.corpora import CorpusConfig
from fedser.defenses import DefenseConfig
from fedser.engine import EngineConfig
from fedser.features import FeatureConfig
from fedser.models import ModelConfig
from fedser.partition import PartitionConfig
from fedser.tasks import TaskConfig
from simulations.attributes import AttributeConfig
from simulations.bias.sources import SourceConfig
from simulations.oracle import Oracle
from simulations.readers import ReaderConfig
from simulations.text.explain import MethodConfig
from simulations.text.lexicons import RatingsConfig, WordListConfig
from simulations.text.models import TextModelConfig

_UNIONS: dict[str, Any] = {
    "attribute": AttributeConfig,
    "corpora": CorpusConfig,
    "features": FeatureConfig,
    "partition": PartitionConfig,
    "task": TaskConfig,
    "model": ModelConfig,
    "algorithm": AlgorithmConfig,
    "algorithm.optimizer": OptimizerConfig,
    "defenses": DefenseConfig,
    "engine": EngineConfig,
    "attacks": AttackConfig,
    "membership": MembershipConfig,
    "inversion": InversionConfig,
    "oracle": Oracle,
    "identity.linkers": LinkerConfig,
    "representations.readers": ReaderConfig,
    "predictions": SourceConfig,
    "models": TextModelConfig,
    "explain.methods": MethodConfig,
    "lexicons.attribute": WordListConfig,
    "lexicons.meaning": RatingsConfig,
}


def families() -> dict[str, tuple[type[Plugin], ...]]:
    """The members of each family, under the config key where they are chosen."""
    return {family: members(union) for family, union in _UNIONS.items()}


def members(union: Any) -> tuple[type[Plugin], ...]:
    """The plugins of a union such as ``Annotated[A | B, ...]``, also a nested one, or of a family of one."""
    if get_origin(union) is Annotated:
        return members(get_args(union)[0])
    inner = get_args(union)
    return tuple(plugin for member in inner for plugin in members(member)) if inner else (union,)


def needed(plugin: type[Plugin]) -> str:
    """What an attack's adversary must know of a training whose clients send gradients; empty for other plugins."""
    known = plugin.knowledge if issubclass(plugin, Attack | MembershipAttack | Inverter) else None
    return f" (needs {known.replace('_', ' ')})" if known else ""


def plugin_name(plugin: type[Plugin]) -> str:
    """The name by which a config chooses the plugin."""
    return str(plugin.model_fields["name"].default)
