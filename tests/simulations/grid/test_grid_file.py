"""Reading a grid's file: which cells there are, and what is said of a file that is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedser.errors import ConfigError
from simulations.grid.choice import read_choices
from simulations.grid.grid import is_grid, read_grid

from .conftest import AXES, corpus

Write = Callable[..., Path]


def line_of(path: Path, text: str) -> str:
    """``tiny.yaml:7``: the first line that holds ``text``."""
    lines = path.read_text().splitlines()
    return f"{path}:{next(number for number, line in enumerate(lines, 1) if text in line)}"


def refusal(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read_grid(path, overrides)
    return str(refused.value).splitlines()


def test_a_cell_is_what_all_share_with_one_label_of_each_axis(file: Write) -> None:
    grid = read_grid(file())
    assert (grid.name, dict(grid.axes)) == ("tiny", {"shadow": ("one", "two"), "rate": ("0.1", "0.2")})
    assert [cell.title for cell in grid.cells] == ["one/0.1", "one/0.2", "two/0.1", "two/0.2"]
    last = grid.cells[-1].experiment
    assert last.name == "tiny-two-0.2"
    assert [reader.corpus for reader in last.corpora.shadow] == ["b", "c"]
    assert (last.algorithm.learning_rate, last.algorithm.client_fraction, last.rounds) == (0.2, 0.5, 3)


def test_later_axes_change_what_earlier_ones_gave_and_the_base_may_lack_it(file: Write) -> None:
    axes = {
        "algorithm": {"sgd": {"algorithm": {"name": "fedsgd"}}, "avg": {"algorithm": {"name": "fedavg"}}},
        "batch": {"5": {"algorithm.batch_size": 5}, "9": {"algorithm.batch_size": 9}},
    }
    path = file(axes=axes, algorithm=None, corpora={"private": corpus("a"), "shadow": [corpus("b")]})
    found = {cell.title: cell.experiment.algorithm for cell in read_grid(path).cells}
    assert {title: (one.name, one.batch_size) for title, one in found.items()} == {
        "sgd/5": ("fedsgd", 5),
        "sgd/9": ("fedsgd", 9),
        "avg/5": ("fedavg", 5),
        "avg/9": ("fedavg", 9),
    }


@pytest.mark.parametrize(
    ("left", "titles"),
    [
        ([{"shadow": "one", "rate": "0.2"}], ["one/0.1", "two/0.1", "two/0.2"]),
        ([{"shadow": "one", "rate": 0.2}], ["one/0.1", "two/0.1", "two/0.2"]),
        ([{"shadow": ["one", "two"], "rate": "0.2"}, {"shadow": "t*", "rate": "0.1"}], None),
    ],
)
def test_cells_are_left_out(file: Write, left: Any, titles: list[str] | None) -> None:
    path = file(leave_out=left)
    if titles is None:
        place = line_of(path, "leave_out")
        assert refusal(path) == [
            f"{place}: grid.leave_out: leaves no cell of shadow=two",
            f"{place}: grid.leave_out: leaves no cell of rate=0.2",
        ]
    else:
        assert [cell.title for cell in read_grid(path).cells] == titles


def test_an_override_changes_every_cell_whatever_its_axes_set_and_the_name_is_the_grids(file: Write) -> None:
    grid = read_grid(file(), ["algorithm.learning_rate=0.7", "name=other", "grid.leave_out=[{shadow: one, rate: 0.1}]"])
    assert {cell.experiment.algorithm.learning_rate for cell in grid.cells} == {0.7}
    assert (grid.name, grid.cells[0].experiment.name, len(grid.cells)) == ("other", "other-one-0.2", 3)


def test_a_mistake_of_an_axis_is_told_once_at_its_line(file: Write) -> None:
    axes = AXES | {"rate": {"low": {"algorithm.learning_rate": -3}, "high": {"algorithm.larning_rate": 1}}}
    path = file(axes=axes, rounds=0)
    assert sorted(refusal(path)) == sorted(
        [
            f"{line_of(path, 'learning_rate: -3')}: algorithm.learning_rate: should be greater than 0, got -3"
            " (in one/low, two/low)",
            f"{line_of(path, 'larning')}: algorithm.larning_rate: unknown key, did you mean 'learning_rate'?"
            " (in one/high, two/high)",
            f"{line_of(path, 'rounds: 0')}: rounds: should be greater than or equal to 1, got 0",
        ]
    )


def test_a_mistake_inside_a_value_has_its_own_line(file: Write) -> None:
    wrong = [{"name": "synthetic", "corpus": "b", "speakers": 1}]
    path = file(axes={"shadow": {"x": {"corpora.shadow": wrong}, "y": {"corpora.shadow": [corpus("b")]}}})
    assert refusal(path) == [
        f"{line_of(path, 'speakers: 1')}: corpora.shadow.0.speakers: should be greater than or equal to 2, got 1 (in x)"
    ]


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"axes": {}}, ["grid.axes: should be a mapping of axes to labels to settings, as in axes: {rounds: {...}}"]),
        ({"axes": {"a b": {"x": None}}}, ["grid.axes.a b: an axis should be letters, digits, '_', '.' and '-'"]),
        ({"axes": {"a": ["x"]}}, ["grid.axes.a: should be a mapping of labels to settings"]),
        (
            {"axes": {"a": {"x/y": {"name": "n", "b..c": 1}}, "b": {"z": 3}}},
            [
                "grid.axes.a.x/y: a label should be letters, digits, '_', '.' and '-'",
                "grid.axes.a.x/y.name: name is the whole grid's; an axis cannot set it",
                "grid.axes.a.x/y.b..c: write a key, or keys with dots between them",
                "grid.axes.b.z: should be a mapping of keys to values, as --set takes them",
            ],
        ),
        ({"leave_out": "one"}, ["grid.leave_out: should be a list of mappings of axes to labels"]),
        (
            {"leave_out": [{"shadw": "one"}, {"rate": 7}]},
            [
                "grid.leave_out.0: unknown axis 'shadw', did you mean 'shadow'?",
                "grid.leave_out.1: axis rate has no label '7' (choose from 0.1, 0.2)",
            ],
        ),
    ],
)
def test_a_grid_that_is_none_says_why(file: Write, changes: Any, messages: list[str]) -> None:
    told = refusal(file(**changes))
    assert len(told) == len(messages)
    assert all(message in line for message, line in zip(messages, told, strict=True)), told


def test_a_file_says_itself_whether_it_is_a_grid(file: Write, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("name: one\n")
    assert is_grid(file()) and not is_grid(tmp_path / "one.yaml")


@pytest.mark.parametrize(
    ("flags", "titles"),
    [
        ([], ["one/0.1", "one/0.2", "two/0.1", "two/0.2"]),
        (["shadow=one"], ["one/0.1", "one/0.2"]),
        (["shadow=one,rate=0.1"], ["one/0.1"]),
        (["rate=0.1,0.2,shadow=t*"], ["two/0.1", "two/0.2"]),
        (["shadow=one,rate=0.1", "shadow=two,rate=0.2"], ["one/0.1", "two/0.2"]),
    ],
)
def test_cells_are_chosen(file: Write, flags: list[str], titles: list[str]) -> None:
    assert [cell.title for cell in read_grid(file()).chosen(flags)] == titles


def test_every_wrong_choice_is_told(file: Write) -> None:
    with pytest.raises(ConfigError) as refused:
        read_choices(["shadw=one", "shadow=none,rate=0.1", "one", "rate=0.1,rate=0.2"], read_grid(file()).axes)
    assert str(refused.value).splitlines() == [
        "--cells shadw=one: unknown axis 'shadw', did you mean 'shadow'?",
        "--cells shadow=none,rate=0.1: axis shadow has no label 'none', did you mean 'one'?",
        "--cells one: write each axis once, as in --cells axis=label,label,axis=label",
        "--cells rate=0.1,rate=0.2: write each axis once, as in --cells axis=label,label,axis=label",
    ]
