"""One text study as a frozen value: what a YAML file in ``configs/text`` describes."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fedser.config import Frozen
from fedser.config.document import read_document
from fedser.corpora import CorpusConfig
from fedser.features.encoders.text import TextEncoder
from fedser.seeds import Stream
from simulations.readers import ReaderConfig
from simulations.readers.logistic import LogisticReader
from simulations.text.explain import IntegratedGradients, MethodConfig
from simulations.text.lexicons import RatingsConfig, WordListConfig
from simulations.text.lexicons.sociolinguistic import Sociolinguistic
from simulations.text.lexicons.warriner import Warriner
from simulations.text.models import TextModelConfig
from simulations.text.splits import Splits
from simulations.text.task import TextTask

KEY = "models"
GENERAL = "general"

Share = Annotated[float, Field(gt=0, le=1)]
Rate = Annotated[float, Field(gt=0)]


class Training(Frozen):
    """RMSprop on a weighted cross-entropy, ended by the validation UAR (sec. 5.1); the paper has no further number."""

    tune: Literal["head", "all"] | int = Field(
        "head", description="what learns of the encoder: nothing (head), its last blocks (a number), or all of it"
    )
    hidden: int = Field(128, ge=1, description="width of the embedding between encoder and heads")
    dropout: float = Field(0.1, ge=0, lt=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: Rate = Field(1e-3, description="of the layers on top of the encoder")
    encoder_rate: Rate = Field(2e-5, description="of the encoder, where it learns")
    epochs: int = Field(50, ge=1, description="at most")
    patience: int = Field(5, ge=1, description="epochs without a better validation UAR, after which it ends")


class Leakage(Frozen):
    """Who reads the attribute off frozen embeddings."""

    reader: ReaderConfig = LogisticReader()
    labelled: Share = Field(0.5, description="share of the utterances, of speakers the reader may know, with a value")


class Explaining(Frozen):
    """Which predictions are explained, how, and what of an explanation counts."""

    methods: tuple[MethodConfig, ...] = Field((IntegratedGradients(),), min_length=1)
    per_cell: int = Field(20, ge=1, description="test utterances of each class and value of the attribute, drawn once")
    threshold: float = Field(
        0.1, ge=0, le=1, description="weight, against the largest of its text, of a word that counts"
    )
    shown: int = Field(12, ge=0, description="texts on the page, of each of the first method's explanations")


class Lexicons(Frozen):
    """Words that people take as signs of the attribute, for MAD, and what words mean, for P_sc."""

    attribute: tuple[WordListConfig, ...] = Field((Sociolinguistic(),), min_length=1)
    meaning: RatingsConfig = Warriner()


class TextStudy(Frozen):
    """Which corpus, which models, and what is asked of them."""

    name: str = Field(min_length=1)
    seed: int = Field(0, ge=0)
    task: TextTask = TextTask()
    attribute: str = Field("gender", description="the column of the speakers' table that is to be kept private")
    values: tuple[str, str] = Field(("female", "male"), description="its values, in this order")
    corpus: CorpusConfig = Field(description="on whose speakers models are trained and tested")
    unbiased: CorpusConfig | None = Field(None, description="on what models such as priv_bias are trained first")
    cross: tuple[CorpusConfig, ...] = Field((), description="corpora that are tested on and never trained on")
    most: int | None = Field(
        None, ge=1, description="texts at most of each corpus but the study's own, by drawn speakers; by default all"
    )
    splits: Splits = Splits()
    encoder: TextEncoder = TextEncoder()
    training: Training = Training()
    seeds: int = Field(3, ge=1, description="trainings of each model and rotation, from different beginnings")
    models: tuple[TextModelConfig, ...] = Field(min_length=1)
    leakage: Leakage = Leakage()
    explain: Explaining = Explaining()
    lexicons: Lexicons = Lexicons()
    data_root: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        labels, names = [model.label for model in self.models], [reader.corpus for reader in self.corpora]
        wrong = [f"models: {label} is given twice" for label in dict.fromkeys(labels) if labels.count(label) > 1]
        if GENERAL not in labels:
            wrong.append(f"models: without {GENERAL}, with which all others are compared")
        if self.unbiased is None:
            wrong += [f"models: {m.label} needs a corpus as `unbiased`" for m in self.models if m.needs_unbiased]
        wrong += [f"corpus {name}: given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
        methods = [method.name for method in self.explain.methods]
        wrong += [f"explain.methods: {m} is given twice" for m in dict.fromkeys(methods) if methods.count(m) > 1]
        if self.encoder.pooling == "none":
            wrong.append("encoder.pooling: none leaves no vector to build on (choose from mean, cls)")
        if len(set(self.values)) < 2:
            wrong.append(f"values: should be two different ones, got {', '.join(self.values)}")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @property
    def corpora(self) -> tuple[CorpusConfig, ...]:
        """All of its corpora, the study's own first."""
        return (self.corpus, *((self.unbiased,) if self.unbiased else ()), *self.cross)

    def stream(self, *names: str | int) -> Stream:
        """A random stream of this study."""
        return Stream(self.seed)("text", *names)

    def dump(self, *keys: str) -> dict[str, Any]:
        """Plain data, every default in it; some keys, or all."""
        return self.model_dump(mode="json", include=set(keys) or None)


def is_study(path: Path) -> bool:
    """Whether a config file describes a text study; raises ConfigError where it cannot be read."""
    return KEY in read_document(path).data
