"""Files are whole or not there."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.artifacts.files import file_hash, value_hash, write_atomic, write_json, write_text

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_a_file_is_written_under_its_name_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "naïve\n")
    assert path.read_bytes() == "naïve\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match=r"^the disk is full$"):
        write_atomic(tmp_path / "a.txt", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def write(part: Path) -> None:
        part.write_text("whole")
        assert not path.exists()
        assert part.parent == path.parent  # a rename across disks is no rename

    write_atomic(path, write)
    assert path.read_text() == "whole"


def test_json_keeps_the_order_of_keys_and_the_letters(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": "ü", "a": [1]})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "b": "ü",\n  "a": [\n    1\n  ]\n}\n'


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00" * 100_000)
    assert file_hash(tmp_path / "a") == hashlib.sha256(b"\x00" * 100_000).hexdigest()


@given(st.dictionaries(st.text(max_size=3), values, max_size=4))
def test_the_hash_of_a_value_forgets_the_order_of_keys(value: dict[str, Any]) -> None:
    assert value_hash(dict(reversed(value.items()))) == value_hash(value)


@given(values, values)
def test_distinct_values_have_distinct_hashes(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (value_hash(one) == value_hash(other)) == same


def test_the_hash_of_a_value_is_what_it_has_always_been() -> None:
    """Golden value: were it to change, every finished stage would be done again."""
    assert value_hash({"seed": 1, "rate": 0.1, "name": "ä", "list": [None, True]}) == (
        "1e9c919745470e7c73fa7599b683e9f3c6ba7fa5ba40ce4fef6e859d8bce31ee"
    )
