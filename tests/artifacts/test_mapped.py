"""Arrays are views of their file, the same as safetensors itself reads; what is no such file is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from fedser.artifacts.mapped import map_tensors
from fedser.artifacts.tensors import write_tensors
from fedser.errors import InputError

ARRAYS = {
    "rows": np.arange(12).reshape(3, 4),
    "bytes": np.frombuffer(b"odd size", np.uint8)[:7],
    "nothing": np.empty(0, np.int64),
    "one": np.array([7]),
}


def test_the_arrays_are_those_of_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, ARRAYS, {"kind": "ä"}, "thing")
    mapped, header = map_tensors(path, "thing")
    assert header == {"kind": "ä"} and set(mapped) == set(ARRAYS)
    for name, array in load_file(path).items():
        assert mapped[name].dtype == array.dtype and np.array_equal(mapped[name], array)
        assert mapped[name].flags.aligned and not mapped[name].flags.owndata


def test_a_view_cannot_be_written_to_and_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, ARRAYS, {}, "thing")
    one = map_tensors(path, "thing")[0]["one"]
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 8
    content = path.read_bytes()
    with path.open("r+b") as stream:
        stream.seek(content.index((7).to_bytes(8, "little"), 8 + content[0]))
        stream.write((9).to_bytes(8, "little"))
    assert one.tolist() == [9]


def damage(content: bytes) -> dict[str, bytes]:
    """What may stand where a file of ours should."""
    length = int.from_bytes(content[:8], "little")
    foreign = json.dumps({"a": {"dtype": "I64", "shape": [0], "data_offsets": [0, 0]}}).encode()
    return {
        "cut": content[:-3],
        "longer": content + b"x",
        "empty": b"",
        "text": b"client,rows\n" * 9,
        "head only": content[: 8 + length // 2],
        "of others": len(foreign).to_bytes(8, "little") + foreign,
    }


@pytest.mark.parametrize("kind", ["cut", "longer", "empty", "text", "head only", "of others", "missing", "float"])
def test_another_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.safetensors"
    write_tensors(path, ARRAYS | ({"f": np.ones(3)} if kind == "float" else {}), {}, "thing")
    if kind == "missing":
        path.unlink()
    elif kind != "float":
        path.write_bytes(damage(path.read_bytes())[kind])
    with pytest.raises(InputError) as caught:
        map_tensors(path, "thing")
    assert str(caught.value).startswith(f"{path}: not a readable thing (")
    assert str(caught.value).endswith("); delete its folder and run again")
