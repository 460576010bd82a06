"""The README's blocks are true: each carries a mark that says how it is tested.

``<!-- test: run -->``      shell or Python that runs here, as it stands
``<!-- test: dry -->``      shell whose every line is only planned: ``make -n``, and the experiment of a ``fedser run``
``<!-- test: config -->``   YAML that loads as an experiment
``<!-- test: none, ... -->`` nothing to run, with the reason
"""

import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from fedser.config import load
from simulations.experiment import Experiment
from simulations.families import families, plugin_name
from simulations.grid.grid import is_grid, read_grid

README = Path(__file__).resolve().parents[2] / "README.md"
FENCE = re.compile(
    r"^(?:<!-- test: (?P<mark>.+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """A fenced block and the mark above it."""

    mark: str | None
    language: str
    text: str


BLOCKS = [Block(**match.groupdict()) for match in FENCE.finditer(README.read_text(encoding="utf-8"))]


def marked(mark: str, language: str) -> list[Block]:
    return [block for block in BLOCKS if (block.mark, block.language) == (mark, language)]


def test_every_block_says_how_it_is_tested() -> None:
    assert len(BLOCKS) > 5
    kinds = {(block.mark or "").split(",")[0] for block in BLOCKS}
    assert kinds <= {"run", "dry", "config", "none"}


@pytest.mark.parametrize("block", marked("run", "sh"), ids=lambda block: block.text.split("\n")[0])
def test_a_command_runs(run, block: Block) -> None:
    result = run("bash", "-euo", "pipefail", "-c", block.text)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("line", [line for block in marked("dry", "sh") for line in block.text.splitlines()])
def test_a_command_could_be_run(run, line: str) -> None:
    command, *words = shlex.split(line, comments=True)
    if command == "make":
        assert run("make", "-n", *words).returncode == 0
        return
    assert (command, words[0]) == ("fedser", "run")
    overrides = [words[number + 1] for number, word in enumerate(words) if word == "--set"]
    config = README.parent / words[1]
    if is_grid(config):
        read_grid(config, overrides).chosen([words[n + 1] for n, word in enumerate(words) if word == "--cells"])
    else:
        load(Experiment, config, overrides)


@pytest.mark.parametrize("block", marked("run", "python"), ids=lambda block: block.text.split("\n")[0])
def test_python_runs(run, block: Block) -> None:
    result = run(sys.executable, "-W", "error", "-c", block.text)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("block", marked("config", "yaml"), ids=lambda block: block.text.split("\n")[0])
def test_a_config_loads(tmp_path: Path, block: Block) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text(block.text, encoding="utf-8")
    load(Experiment, path)


def test_every_file_that_is_pointed_at_is_there() -> None:
    shown = re.sub(r"<!--.*?-->", "", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#]+)\)", shown)
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (README.parent / target).exists()] == []


def test_the_table_of_what_was_verified_names_every_corpus_and_feature_set() -> None:
    """Beside features that read images, of which there are none."""
    rows = [line.split("|")[1:-1] for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    head = next(number for number, cells in enumerate(rows) if cells[0].strip() == "corpus")
    table = [cells for cells in rows[head + 1 :] if len(cells) == len(rows[head])]
    assert [re.findall(r"`(\w+)`", cells[0]) for cells in table].count([]) == 0
    corpora = {name for cells in table for name in re.findall(r"`(\w+)`", cells[0])}
    features = {name for cell in rows[head][3:] for name in re.findall(r"`(\w+)`", cell)}
    assert corpora == {plugin_name(reader) for reader in families()["corpora"]}
    assert features == {plugin_name(extractor) for extractor in families()["features"]}
