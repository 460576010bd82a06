"""How a file is read: the core schema's scalars, the place of every key, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.config.document import Document, read_document
from fedser.errors import ConfigError


def read(folder: Path, text: str) -> Document:
    path = folder / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path)


def mistakes(folder: Path, text: str) -> list[str]:
    return [str(mistake).replace(f"{folder}/", "") for mistake in read(folder, text).mistakes]


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    return str(error.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("0.1", 0.1),
        ("12", 12),
        ("-3", -3),
        ("+4", 4),
        ("017", 17),
        ("08", 8),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("False", False),
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2024-01-31", "2024-01-31"),
        ("e5", "e5"),
        ("'08'", "08"),
        ("", None),
        ("~", None),
        ("null", None),
        ("!!str 3", "3"),
        ("!!float 3", 3.0),
    ],
)
def test_a_plain_scalar_is_read_by_the_core_schema(tmp_path: Path, text: str, value: Any) -> None:
    found = read(tmp_path, f"key: {text}\n").data["key"]
    assert (found, type(found)) == (value, type(value))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, x: float) -> None:
    assert read(tmp_path_factory.getbasetemp(), f"key: {x!r}\n").data["key"] == x


def test_each_key_and_item_has_the_place_where_it_is_written(tmp_path: Path) -> None:
    document = read(tmp_path, "a:\n  b: 1\n  c:\n    - 2\n    - d: 3\n")
    lines = {path: place.rpartition(":")[2] for path, place in document.places.items() if path}
    assert lines == {
        ("a",): "1",
        ("a", "b"): "2",
        ("a", "c"): "3",
        ("a", "c", 0): "4",
        ("a", "c", 1): "5",
        ("a", "c", 1, "d"): "5",
    }


def test_what_is_not_in_the_file_has_the_place_of_what_holds_it(tmp_path: Path) -> None:
    document = read(tmp_path, "a:\n  b: 1\n")
    assert document.place(("a", "x", 0)) == f"{tmp_path}/a.yaml:1"
    assert document.place(("x",)) == f"{tmp_path}/a.yaml"
    assert Document({}).place(("x",)) == "config"


def test_a_key_given_twice_is_a_mistake_at_every_depth(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 2\nl:\n- d: 1\n  d: 2\n  d: 3\n") == [
        "a.yaml:2: b.c: key given twice (first at a.yaml:2)",
        "a.yaml:3: a: key given twice (first at a.yaml:1)",
        "a.yaml:6: l.0.d: key given twice (first at a.yaml:5)",
        "a.yaml:7: l.0.d: key given twice (first at a.yaml:5)",
    ]


def test_the_same_key_in_two_mappings_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path, "x: {a: 1}\ny: {a: 2}\n").mistakes == ()


def test_scalars_that_are_no_values_are_mistakes(tmp_path: Path) -> None:
    text = "a: .inf\nb: [-.INF, .nan]\nc: 1e999\nd: !!int x\ne: !!bool maybe\nf: !!binary aGk=\ng: !!set {x}\nh: !m 1\n"
    assert mistakes(tmp_path, text) == [
        "a.yaml:1: a: .inf is not a finite number",
        "a.yaml:2: b.0: -.INF is not a finite number",
        "a.yaml:2: b.1: .nan is not a finite number",
        "a.yaml:3: c: 1e999 is not a finite number",
        "a.yaml:4: d: 'x' is not of type int",
        "a.yaml:5: e: 'maybe' is not of type bool",
        "a.yaml:6: f: unknown tag !!binary",
        "a.yaml:7: g: unknown tag !!set",
        "a.yaml:8: h: unknown tag !m",
    ]


def test_a_tag_of_another_language_is_not_obeyed(tmp_path: Path) -> None:
    text = "a: !!python/object/apply:os.system [exit 1]\n"
    assert mistakes(tmp_path, text) == ["a.yaml:1: a: unknown tag !!python/object/apply:os.system"]


def test_keys_are_plain_words(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a:\n  [1, 2]: 3\n") == ["a.yaml:2: a: a key must be a plain word"]


def test_an_alias_is_the_same_value_again_but_not_of_itself(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}
    assert mistakes(tmp_path, "a: &x\n  b: *x\nc: &y [*y]\n") == [
        "a.yaml:2: a.b: an alias of what holds it",
        "a.yaml:3: c.0: an alias of what holds it",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.yaml:1: a config is a mapping of keys to values"),
        ("- a\n", "a.yaml:1: a config is a mapping of keys to values"),
        ("a: b: c\n", "a.yaml:1: not valid YAML: mapping values are not allowed here"),
        (
            "a: [1\nb: 2\n",
            "a.yaml:2: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "a.yaml:2: not valid YAML: expected a single document in the stream, but found another document",
        ),
        ("a: *x\n", "a.yaml:1: not valid YAML: found undefined alias 'x'"),
    ],
)
def test_what_is_no_config_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


def test_a_control_character_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a: \x07\n").startswith("a.yaml: not valid YAML: unacceptable character #x0007")


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match=f"^{path}: no such config file$"):
            read_document(path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: é\n".encode("latin-1"))
    with pytest.raises(ConfigError) as error:
        read_document(latin)
    assert str(error.value) == f"{latin}: not UTF-8 text (invalid continuation byte at byte 3)"
