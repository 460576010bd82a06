"""``protocol: paper | sound``: the same switches, each with a comment, below what a file says itself."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

import simulations.protocols as package
from fedser.config import load, validate
from fedser.config.document import Document
from fedser.errors import ConfigError
from simulations.experiment import Experiment
from simulations.families import families, plugin_name
from simulations.protocols import Protocol
from simulations.protocols.protocol import below, choices

PROTOCOLS = get_args(Protocol)
FOLDER = Path(package.__file__).parent


def minimal(protocol: str, **changes: Any) -> dict[str, Any]:
    """What a protocol leaves to say."""
    return {
        "name": "minimal",
        "protocol": protocol,
        "corpora": {"private": {"name": "iemocap"}, "shadow": [{"name": "msp_improv"}, {"name": "crema_d"}]},
        "features": {"name": "opensmile", "feature_set": "emobase"},
        "algorithm": {"name": "fedavg"},
        "attacks": [{"name": "cnn"}],
    } | changes


def experiment(protocol: str, **changes: Any) -> Experiment:
    return validate(Experiment, Document(minimal(protocol, **changes)))


def switches(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The key of every choice; mappings by corpus and of plugins in plugins are one."""
    if not isinstance(value, dict) or path[-1:] in {("parts",), ("listed",), ("optimizer",)}:
        yield path
        return
    for key, inner in value.items():
        yield from switches(inner, (*path, key))


def test_both_have_the_same_switches() -> None:
    paper, sound = (list(switches(choices(name))) for name in PROTOCOLS)
    assert paper == sound and len(paper) > 45


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_plugin_and_setting_is_a_known_one(protocol: Protocol) -> None:
    """Each is put into an experiment that names it, and none is refused."""
    known = {family: {plugin_name(each): each for each in plugins} for family, plugins in families().items()}
    for family, plugins in choices(protocol)["plugins"].items():
        for name, settings in plugins.items():
            fields = known[family][name].model_fields
            assert settings.keys() <= fields.keys(), name
    for algorithm in ("fedsgd", "fedavg"):
        experiment(protocol, algorithm={"name": algorithm})


def test_a_switch_that_is_set_in_another_way_says_why() -> None:
    lines = {name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines() for name in PROTOCOLS}
    set_in_paper = {line.split("#")[0].strip() for line in lines["paper"] if not line.startswith("#")}
    changed = [line for line in lines["sound"] if not line.startswith("#") and line.split("#")[0].strip()]
    changed = [line for line in changed if line.split("#")[0].strip() not in set_in_paper]
    assert len(changed) == 9
    assert [line for line in changed if not re.search(r"# (?!as in the paper$)\w.{5}", line)] == []


def test_the_papers_choices() -> None:
    """PAPERS.md, section A, number by number."""
    run = experiment("paper")
    assert (run.rounds, run.selection.from_round, run.selection.by) == (200, 151, "client")
    assert run.partition.folds.order == "ordered" and run.partition.validation == 0.2
    assert run.partition.parts == {"iemocap": 10, "msp_improv": 10} and run.partition.normalise == "speaker"
    assert run.model.dropout == (0.2, 0.2) and run.model.dropout_at_evaluation == (2,)
    assert run.algorithm.learning_rate == 5e-4 and run.algorithm.optimizer.betas == (0.9, 0.98)
    assert run.corpora.private.scenarios == "improvised"
    assert [getattr(reader, "scenarios", "") for reader in run.corpora.shadow] == [("target", "improvised"), ""]
    (cnn,) = run.attacks
    assert (cnn.steps, cnn.split, cnn.epochs, cnn.stopping.after) == ("published", "update", 40, 30)
    assert experiment("paper", algorithm={"name": "fedsgd"}).algorithm.learning_rate == 0.1


def test_the_sound_choices_differ_where_the_papers_are_mistakes() -> None:
    run = experiment("sound")
    assert run.model.dropout_at_evaluation == () and run.selection.by == "pooled"
    assert run.partition.parts == 1 and run.partition.folds.order == "balanced"
    assert (run.attacks[0].steps, run.attacks[0].split) == ("actual", "client")


def test_a_key_of_the_file_overrides_the_protocol() -> None:
    run = experiment(
        "paper",
        rounds=300,
        selection={"by": "pooled"},
        partition={"name": "speaker", "folds": {"listed": {}}},
        model={"name": "mlp", "dropout_at_evaluation": []},
        algorithm={"name": "fedavg", "optimizer": {"name": "sgd"}},
        attacks=[{"name": "permuted"}, {"name": "cnn", "epochs": 3}],
    )
    assert (run.rounds, run.selection.by, run.selection.from_round) == (300, "pooled", 151)
    assert run.partition.folds.listed == {} and run.partition.folds.order == "ordered"
    assert run.model.dropout_at_evaluation == () and run.algorithm.optimizer.name == "sgd"
    assert (run.attacks[1].epochs, run.attacks[1].split) == (3, "update")


def test_without_a_protocol_nothing_changes() -> None:
    plain = minimal("paper", partition={"name": "speaker"})
    del plain["protocol"]
    run = validate(Experiment, Document(plain))
    assert run.protocol is None and run.model.dropout_at_evaluation == () and run.selection.from_round == 1


def test_what_is_resolved_says_every_value_and_is_read_back_as_it_is() -> None:
    run = experiment("paper", partition={"name": "speaker", "folds": {"listed": {}}})
    assert run.dump()["attacks"][0]["steps"] == "published" and run.dump()["protocol"] == "paper"
    assert validate(Experiment, Document(run.dump())) == run


def test_one_central_client_is_not_given_the_settings_of_another_partition() -> None:
    run = experiment("paper", partition={"name": "single"}, attacks=[], corpora={"private": {"name": "iemocap"}})
    assert run.partition.name == "single"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": "papr"}, "protocol: should be 'paper' or 'sound', got \"papr\""),
        ({"protocol": "paper", "rounds": 10}, "selection.from_round: 151, but there are 10 rounds"),
        ({"partition": {"name": "speaker", "parts": {"q": 2}}}, "partition.parts.q: unknown corpus (choose from a, b"),
        (
            {"partition": {"name": "speaker", "folds": {"listed": {"ravdes": ["1"]}}}},
            "partition.folds.listed.ravdes: unknown corpus, did you mean 'ravdess'?",
        ),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], message: str, config: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Experiment, config(**changes))
    assert message in str(refused.value)


def test_check_shows_every_choice(config: Callable[..., Path], fedser: Callable[..., tuple[int, str, str]]) -> None:
    code, shown, error = fedser("check", config(protocol="paper", rounds=200, attacks=[{"name": "cnn"}]))
    assert code == 0, error
    resolved = yaml.safe_load(shown.partition("\n┏")[0])
    assert resolved["attacks"][0]["split"] == "update" and resolved["selection"]["from_round"] == 151


def test_below_keeps_what_is_given_and_changes_nothing() -> None:
    given, choice = {"a": {"b": 1}, "e": {}}, {"a": {"b": 2, "c": 3}, "d": 4, "e": {"f": 5}}
    assert below(given, choice) == {"a": {"b": 1, "c": 3}, "e": {}, "d": 4}
    assert given == {"a": {"b": 1}, "e": {}} and choice["a"] == {"b": 2, "c": 3}
