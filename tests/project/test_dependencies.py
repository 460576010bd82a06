"""What is imported is declared, what is declared is imported, and all of it is pinned."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

OURS = {"attacks", "fedser", "simulations"}
# Parts of a declared package that bear a distribution's name of their own.
PART_OF = {"pydantic-core": "pydantic"}


def imported_distributions(root: Path) -> set[str]:
    """The distributions behind every import of the three packages, also behind those inside functions."""
    known = packages_distributions()
    names = {
        name.split(".")[0]
        for package in OURS
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    }
    found = {canonicalize_name(known[name][0]) for name in names - OURS - sys.stdlib_module_names}
    return {PART_OF.get(name, name) for name in found}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(parsed.name): parsed for parsed in map(Requirement, lines)}


@pytest.fixture(scope="module")
def declared(pyproject: dict[str, Any]) -> dict[str, Requirement]:
    """What is needed to run."""
    return requirements(pyproject["project"]["dependencies"])


@pytest.fixture(scope="module")
def optional(pyproject: dict[str, Any]) -> dict[str, Requirement]:
    """What is needed to test and develop."""
    extras = pyproject["project"]["optional-dependencies"]
    return requirements([line for lines in extras.values() for line in lines if not line.startswith("fedser")])


@pytest.fixture(scope="module")
def pins(root: Path) -> dict[str, str]:
    """The exact versions of constraints.txt."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs)
    return {canonicalize_name(name): pinned for name, pinned in pairs}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(
    root: Path, declared: dict[str, Requirement]
) -> None:
    assert imported_distributions(root) == set(declared)


def test_every_declared_range_holds_its_pin(
    declared: dict[str, Requirement], optional: dict[str, Requirement], pins: dict[str, str]
) -> None:
    ranges = declared | optional
    assert set(ranges) - set(pins) == set()
    assert [str(ranges[name]) for name in ranges if pins[name] not in ranges[name].specifier] == []


def test_every_declared_package_has_a_lower_bound(
    declared: dict[str, Requirement], optional: dict[str, Requirement]
) -> None:
    ranges = (declared | optional).values()
    assert [str(each) for each in ranges if not any(clause.operator == ">=" for clause in each.specifier)] == []


def test_the_pins_are_versions_and_nothing_else(root: Path, pins: dict[str, str]) -> None:
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    assert re.findall(r"://|--hash|@|/home|/opt|\+", text) == []
    assert all(str(Version(pinned)) == pinned for pinned in pins.values())


def test_the_pins_are_what_is_tested(declared: dict[str, Requirement], pins: dict[str, str]) -> None:
    """A run in another environment may pass all the same, but then it says nothing of the pinned one."""
    installed = {name: version(name).split("+")[0] for name in declared}
    assert installed == {name: pins[name] for name in declared}
