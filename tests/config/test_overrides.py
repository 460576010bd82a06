"""``--set key=value``: where it reaches, and what it says where it cannot."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.config.document import Document, read_document
from fedser.config.overrides import apply_overrides

DATA = {
    "name": "a",
    "algorithm": {"name": "fedsgd", "learning_rate": 0.1},
    "attacks": [{"name": "cnn", "epochs": 3}, {"name": "logistic"}, "plain", {"name": "cnn"}],
    "empty": [],
    "nothing": None,
}


def overridden(*overrides: str) -> Any:
    document = apply_overrides(Document(DATA), overrides)
    assert document.mistakes == ()
    return document.data


def mistakes(*overrides: str) -> list[str]:
    return [str(mistake) for mistake in apply_overrides(Document(DATA), overrides).mistakes]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("name=b", DATA | {"name": "b"}),
        ("name= b ", DATA | {"name": "b"}),
        ("name=", DATA | {"name": None}),
        ("name='3'", DATA | {"name": "3"}),
        ("name=a=b", DATA | {"name": "a=b"}),
        ("algorithm.learning_rate=1e-3", DATA | {"algorithm": {"name": "fedsgd", "learning_rate": 0.001}}),
        ("algorithm={name: fedavg}", DATA | {"algorithm": {"name": "fedavg"}}),
        ("nothing.below.it=1", DATA | {"nothing": {"below": {"it": 1}}}),
        ("new.key=[1, 2]", DATA | {"new": {"key": [1, 2]}}),
        ("empty=[1]", DATA | {"empty": [1]}),
        ("attacks.2=x", DATA | {"attacks": [*DATA["attacks"][:2], "x", DATA["attacks"][3]]}),
        (
            "attacks.logistic.c=1",
            DATA | {"attacks": [DATA["attacks"][0], {"name": "logistic", "c": 1}, *DATA["attacks"][2:]]},
        ),
        ("attacks.3.epochs=9", DATA | {"attacks": [*DATA["attacks"][:3], {"name": "cnn", "epochs": 9}]}),
    ],
)
def test_an_override_replaces_one_value(override: str, expected: Any) -> None:
    assert overridden(override) == expected


def test_overrides_apply_in_order_and_the_last_one_holds() -> None:
    assert overridden("name=b", "algorithm={}", "algorithm.name=c", "name=d")["algorithm"] == {"name": "c"}
    assert overridden("name=b", "name=d")["name"] == "d"


def test_the_document_itself_is_never_changed() -> None:
    document = Document({"a": {"b": [1]}}, {("a",): "f:1"})
    apply_overrides(document, ["a.b.0=2", "a.c=3", "d=4"])
    assert document == Document({"a": {"b": [1]}}, {("a",): "f:1"})


@given(st.lists(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), min_size=1, max_size=4), st.integers())
def test_any_path_can_be_set_in_an_empty_document(parts: list[str], value: int) -> None:
    data: Any = apply_overrides(Document({}), [f"{'.'.join(parts)}={value}"]).data
    for part in parts:
        data = data[part]
    assert data == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("name", "--set name: write key=value, as in --set algorithm.learning_rate=0.1"),
        ("=3", "--set =3: write key=value, as in --set algorithm.learning_rate=0.1"),
        ("a..b=3", "--set a..b=3: write key=value, as in --set algorithm.learning_rate=0.1"),
        ("name.x=3", "--set name.x=3: 'x' lies below a plain value"),
        ("attacks.2.x=3", "--set attacks.2.x=3: 'x' lies below a plain value"),
        (
            "attacks.cnn.epochs=3",
            "--set attacks.cnn.epochs=3: 2 items of this list are named 'cnn': give a number instead",
        ),
        ("attacks.logistc.c=3", "--set attacks.logistc.c=3: no item 'logistc' in this list, did you mean 'logistic'?"),
        ("attacks.4.c=3", "--set attacks.4.c=3: no item '4' in this list (choose from 0 to 3, cnn, logistic, cnn)"),
        ("empty.0=3", "--set empty.0=3: no item '0' in this list: it is empty"),
        (
            "name=[1",
            "--set name=[1: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
        ("name=.nan", "--set name=.nan: name: .nan is not a finite number"),
        ("a={b: 1, b: 2}", "--set a={b: 1, b: 2}: a.b: key given twice (first at --set a={b: 1, b: 2})"),
    ],
)
def test_an_override_that_cannot_be_says_why(override: str, message: str) -> None:
    assert mistakes(override) == [message]


def test_every_wrong_override_is_reported() -> None:
    assert mistakes("x", "name=b", "name.y=1") == [
        "--set x: write key=value, as in --set algorithm.learning_rate=0.1",
        "--set name.y=1: 'y' lies below a plain value",
    ]


def test_the_flag_is_the_place_of_all_that_it_gives(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: 1\n  l:\n  - 1\n  - 2\n")
    document = apply_overrides(read_document(path), ["a.l=[3]", "a.new.deep=4"])
    assert document.place(("a", "b")) == f"{path}:2"
    assert document.place(("a", "l", 0)) == "--set a.l=[3]"
    assert document.place(("a", "new")) == document.place(("a", "new", "deep", "er")) == "--set a.new.deep=4"
    assert document.place(("a", "other")) == f"{path}:1"
