"""A config into a frozen value, or every mistake of it at once, each at its line and with the good values."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import pytest
from pydantic import Field, ValidationError, model_validator

from fedser.config import Frozen, Plugin, load, validate
from fedser.config.document import Document
from fedser.errors import ConfigError


class Sgd(Plugin):
    """Plain gradient descent.

    More about it.
    """

    source: ClassVar[str] = "Robbins and Monro 1951"
    name: Literal["sgd"] = "sgd"
    rate: float = Field(0.1, gt=0)


class Adam(Plugin):
    """Gradient descent with moments."""

    source: ClassVar[str] = "Kingma and Ba 2015"
    name: Literal["adam"] = "adam"
    betas: tuple[float, float] = (0.9, 0.999)


Optimizer = Annotated[Sgd | Adam, Field(discriminator="name")]


class Model(Frozen):
    hidden: tuple[int, ...] = (8,)
    dropout: tuple[float, ...] = (0.2,)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if len(self.hidden) != len(self.dropout):
            raise ValueError(f"dropout: {len(self.dropout)} rates for {len(self.hidden)} layers")
        return self


class Training(Frozen):
    rounds: int = Field(ge=1, description="how many rounds")
    mode: Literal["a", "b"]
    optimizer: Optimizer = Sgd()


class Experiment(Frozen):
    name: str = Field(pattern=r"^[\w.-]+$")
    seed: int = 1
    rate: float = 0.5
    verbose: bool = False
    training: Training
    model: Model = Model()
    local: Optimizer | None = None
    attacks: tuple[Optimizer, ...] = ()
    classes: tuple[str, ...] = Field(("a",), min_length=1)
    layers: tuple[str, ...] | Literal["all"] = "all"
    folds: Annotated[int, Field(ge=1)] | Literal["all"] = "all"
    by_corpus: dict[str, Model] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.seed == 13:
            raise ValueError("seed: 13 brings bad luck")
        if self.name == "impossible":
            raise ValueError("no experiment of this name is possible")
        if self.name == "nested":
            Training.model_validate({"rounds": 0, "mode": "a"})
        return self


GOOD = "name: a\ntraining: {rounds: 3, mode: a}\n"


def loaded(folder: Path, text: str, *overrides: str) -> Experiment:
    path = folder / "demo.yaml"
    path.write_text(text, encoding="utf-8")
    return load(Experiment, path, overrides)


def mistakes(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        loaded(folder, text, *overrides)
    return str(refusal.value).replace(f"{folder}/", "").splitlines()


def test_a_good_config_is_a_frozen_value_with_its_defaults(tmp_path: Path) -> None:
    experiment = loaded(tmp_path, GOOD + "rate: 1e-3\nlocal: {name: adam}\nattacks:\n- {name: sgd, rate: 1}\n")
    assert experiment == Experiment(
        name="a", rate=0.001, training=Training(rounds=3, mode="a"), local=Adam(), attacks=(Sgd(rate=1.0),)
    )
    assert (experiment.training.optimizer, experiment.model, experiment.layers) == (Sgd(), Model(), "all")
    with pytest.raises(ValidationError, match="frozen"):
        experiment.seed = 2


def test_an_override_is_validated_like_the_file(tmp_path: Path) -> None:
    experiment = loaded(tmp_path, GOOD, "training.optimizer={name: sgd}", "training.optimizer.rate=2e-2", "layers=[x]")
    assert experiment.training.optimizer == Sgd(rate=0.02)
    assert experiment.layers == ("x",)


def test_every_mistake_of_a_config_is_reported_at_its_line(tmp_path: Path) -> None:
    text = """\
name: 3
training:
  round: 3
  mode: c
  optimizer: {name: sdg}
seeed: 1
seed: 1.0
rate: fast
verbose: yes
attacks:
- name: adam
  betas: [0.1]
- {name: sgd, rate: 0}
- {rate: 3}
- 5
local: {name: zebra}
layers: 5
folds: 0
classes: []
by_corpus:
  emodb: {hidden: [1, x]}
  ased: {hidden: 3, hidden: 4}
model: null
"""
    assert mistakes(tmp_path, text) == [
        "demo.yaml:1: name: should be a valid string, got 3",
        "demo.yaml:2: training.rounds: missing (how many rounds)",
        "demo.yaml:3: training.round: unknown key, did you mean 'rounds'?",
        "demo.yaml:4: training.mode: should be 'a' or 'b', got \"c\"",
        "demo.yaml:5: training.optimizer.name: unknown 'sdg', did you mean 'sgd'?",
        "demo.yaml:6: seeed: unknown key, did you mean 'seed'?",
        "demo.yaml:7: seed: should be a valid integer, got 1.0",
        'demo.yaml:8: rate: should be a valid number, got "fast"',
        'demo.yaml:9: verbose: should be a valid boolean, got "yes"',
        "demo.yaml:12: attacks.0.betas.1: missing",
        "demo.yaml:13: attacks.1.rate: should be greater than 0, got 0",
        "demo.yaml:14: attacks.2.name: missing (choose from sgd, adam)",
        "demo.yaml:15: attacks.3: should be a mapping, got 5",
        "demo.yaml:16: local.name: unknown 'zebra' (choose from sgd, adam)",
        "demo.yaml:17: layers: should be a list or 'all', got 5",
        "demo.yaml:18: folds: should be greater than or equal to 1 or 'all', got 0",
        "demo.yaml:19: classes: should have at least 1 item, got []",
        'demo.yaml:21: by_corpus.emodb.hidden.1: should be a valid integer, got "x"',
        "demo.yaml:22: by_corpus.ased.hidden: key given twice (first at demo.yaml:22)",
        "demo.yaml:23: model: should be a mapping, got null",
    ]


def test_what_is_missing_altogether_has_the_file_as_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "training: {rounds: 1}\n") == [
        "demo.yaml: name: missing",
        "demo.yaml:1: training.mode: missing (choose from a, b)",
    ]


def test_an_unknown_key_that_resembles_none_lists_the_good_ones(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD + "model: {zebra: 1}\n") == [
        "demo.yaml:3: model.zebra: unknown key (choose from hidden, dropout)"
    ]


def test_mistakes_of_the_flags_stand_after_those_of_the_file(tmp_path: Path) -> None:
    text = "name: a\ntraining: {rounds: 3, mode: q}\n"
    assert mistakes(tmp_path, text, "rate=fast", "sed=1", "seed") == [
        "--set seed: write key=value, as in --set algorithm.learning_rate=0.1",
        "demo.yaml:2: training.mode: should be 'a' or 'b', got \"q\"",
        '--set rate=fast: rate: should be a valid number, got "fast"',
        "--set sed=1: sed: unknown key, did you mean 'seed'?",
    ]


def test_a_string_of_the_wrong_form_is_shown_with_the_right_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD, "name=a b") == [
        "--set name=a b: name: should match pattern '^[\\w.-]+$', got \"a b\""
    ]


def test_a_wrong_item_of_a_list_that_may_also_be_a_word_is_the_one_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD + "layers: [x, 3]\n") == ["demo.yaml:3: layers.1: should be a valid string, got 3"]


def test_a_long_wrong_value_is_shown_in_part(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, GOOD + f"rate: {'é' * 100}\n")
    assert line == f'demo.yaml:3: rate: should be a valid number, got "{"é" * 56}...'


def test_a_mistake_between_keys_stands_at_the_key_that_it_names(tmp_path: Path) -> None:
    text = GOOD + "model:\n  hidden: [1, 2]\n  dropout: [0.1]\nby_corpus:\n  ased: {dropout: []}\n"
    assert mistakes(tmp_path, text) == [
        "demo.yaml:5: model.dropout: 1 rates for 2 layers",
        "demo.yaml:7: by_corpus.ased.dropout: 0 rates for 1 layers",
    ]
    assert mistakes(tmp_path, GOOD + "seed: 13\n") == ["demo.yaml:3: seed: 13 brings bad luck"]


def test_a_mistake_of_the_whole_stands_at_the_file(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD, "name=impossible") == ["demo.yaml: no experiment of this name is possible"]


def test_what_a_validator_finds_in_a_value_it_builds_is_reported_like_any_other(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD, "name=nested") == ["demo.yaml: rounds: should be greater than or equal to 1, got 0"]


def test_plain_data_without_a_file_is_validated_too() -> None:
    assert validate(Model, Document({"hidden": [4]})) == Model(hidden=(4,))
    with pytest.raises(ConfigError, match=r"^config: hiden: unknown key, did you mean 'hidden'\?$"):
        validate(Model, Document({"hiden": [4]}))


def test_a_plugin_tells_what_it_is_in_one_line() -> None:
    assert (Sgd.summary(), Sgd.source) == ("Plain gradient descent.", "Robbins and Monro 1951")
