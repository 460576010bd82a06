"""Tables of a release: what their cells mean, and each mistake with its line, all of them at once."""

import re
from pathlib import Path

import pandas as pd
import pytest

from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import InputError, Problems

RELEASE = SheetRelease(title="Proverbs", obtain="the market", signs=("*.csv",))


def sheet(**columns: list[str]) -> Sheet:
    first = next(iter(columns.values()))
    return Sheet(Path("a.csv"), pd.DataFrame(columns, index=range(2, 2 + len(first))), Problems())


def noted(table: Sheet) -> list[str]:
    with pytest.raises(InputError) as caught:
        table.problems.raise_if_any()
    return str(caught.value).splitlines()


def test_cells_are_what_they_mean() -> None:
    table = sheet(mood=["j", "s"], number=["007", "12"], score=["1", "4.5"], name=["[a]", "[b]"])
    assert table.named("mood", {"j": "happy", "s": "sad"}).tolist() == ["happy", "sad"]
    assert table.whole("number").tolist() == [7, 12]
    assert table.within("score", 1, 5).tolist() == [1.0, 4.5]
    assert table.matching("name", re.compile(r"\[.\]"), "in brackets").tolist() == ["[a]", "[b]"]
    assert table.filled("mood").tolist() == ["j", "s"]
    table.problems.raise_if_any()


def test_every_cell_that_cannot_be_is_told_once_with_its_lines() -> None:
    table = sheet(mood=["j", "J", "", "J", "J", "J", "J"], number=["-1", "1", "1.0", "2", "3", "4", "5"])
    table.named("mood", {"j": "happy", "s": "sad"})
    table.whole("number")
    table.filled("mood")
    assert noted(table) == [
        "a.csv:4: mood '' is not one of j, s",
        "a.csv:3: mood 'J' is not one of j, s (nor on line 5, 6, 7 and 1 more)",
        "a.csv:2: number '-1' is not a whole number",
        "a.csv:4: number '1.0' is not a whole number",
        "a.csv:4: mood '' says nothing",
    ]


@pytest.mark.parametrize("cell", ["0.9", "5.1", "", "three", "nan", "inf"])
def test_numbers_have_their_scale(cell: str) -> None:
    table = sheet(score=["3", cell])
    table.within("score", 1, 5)
    assert noted(table) == [f"a.csv:3: score {cell!r} is not a number from 1 to 5"]


def test_a_pattern_must_be_the_whole_cell() -> None:
    table = sheet(name=["[a]b"])
    table.matching("name", re.compile(r"\[.\]"), "in brackets")
    assert noted(table) == ["a.csv:2: name '[a]b' is not in brackets"]


def test_tables_that_cannot_be_read_are_all_told(tmp_path: Path, pointer: str) -> None:
    (tmp_path / "good.csv").write_text("mood,age\nj,1\n")
    (tmp_path / "lfs.csv").write_text(pointer)
    (tmp_path / "odd.csv").write_bytes(b"mood\n\x92\n")
    (tmp_path / "other.csv").write_text("temper\nj\n")
    files = {name: f"{name}.csv" for name in ("gone", "good", "lfs", "odd", "other")}
    problems = Problems()
    found = RELEASE.sheets(tmp_path, files, ["mood"], problems)
    assert {key: table.cells.values.tolist() for key, table in found.items()} == {"good": [["j"]]}
    with pytest.raises(InputError) as caught:
        problems.raise_if_any()
    assert str(caught.value).splitlines() == [
        f"{tmp_path}/gone.csv: no such file; it is part of Proverbs (the market)",
        f"{tmp_path}: 1 of 1 files are git-lfs pointers (lfs.csv); run `git lfs pull` in that repository",
        f"{tmp_path}/odd.csv: not UTF-8 text (invalid start byte at byte 5)",
        f"{tmp_path}/other.csv:1: no column 'mood'; the columns are temper",
    ]
