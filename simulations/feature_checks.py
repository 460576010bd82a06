"""What can be refused of the features before any work: that they cannot be had here, or not of these corpora."""

from collections.abc import Iterable

from fedser.corpora import Corpus
from fedser.errors import ConfigError, InputError, Problems
from fedser.features import FeatureConfig, FeatureExtractor
from fedser.features.content import lack
from fedser.models import ModelConfig
from fedser.models.network import Model
from simulations.families import members, plugin_name


def check_features(features: FeatureConfig, model: ModelConfig) -> None:
    """Raise ConfigError or InputError where features cannot be extracted here, or are not what the model takes."""
    if features.framed != model.framed:
        raise ConfigError(_misfit(features, model))
    features.check()


def _misfit(features: FeatureConfig, model: ModelConfig) -> str:
    family = [each for each in members(ModelConfig) if issubclass(each, Model)]
    others = ", ".join(plugin_name(each) for each in family if each.framed is features.framed)
    if features.framed:
        return (
            f"features.pooling: 'none' keeps an utterance's frames, and model {model.name} takes one vector (choose"
            f" 'mean', or a model of {others})"
        )
    return (
        f"model.name: {model.name} reads an utterance's frames, and features {features.name} give one vector (choose"
        f" features with pooling: none, such as lmfb, or a model of {others})"
    )


def check_wanted(features: FeatureConfig, corpora: Iterable[Corpus]) -> None:
    """Raise InputError with every corpus that lacks what ``features`` are made of, and what could be chosen for it."""
    problems = Problems()
    for corpus in corpora:
        lacking = lack(corpus, features.wants)
        if lacking:
            problems.add(f"corpus {corpus.name}", f"{lacking}, which features {features.name} wants{_choices(corpus)}")
    problems.raise_if_any(InputError)


def _choices(corpus: Corpus) -> str:
    """The feature extractors that could describe ``corpus``, in words; none reads images."""
    family = [each for each in members(FeatureConfig) if issubclass(each, FeatureExtractor)]
    family = [each for each in family if not lack(corpus, each.wants)]
    kinds = dict.fromkeys(each.wants for each in family)
    named = {kind: ", ".join(plugin_name(each) for each in family if each.wants == kind) for kind in kinds}
    articles = {"audio": "an audio", "text": "a text"}
    choices = " or ".join(f"{articles[kind]} extractor ({names})" for kind, names in named.items())
    return f"; choose {choices}" if choices else ""
