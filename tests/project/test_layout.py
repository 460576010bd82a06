"""What lies where: the top level is fixed, and every package and module says what it is."""

import ast
import hashlib
import subprocess
from pathlib import Path

import pytest

PACKAGES = ("attacks", "fedser", "simulations")
TOP_LEVEL = {
    *PACKAGES,
    *("configs", "docker", "tests"),
    *("CHANGELOG.md", "LICENSE", "Makefile", "README.md", "constraints.txt", "pyproject.toml"),
    *(".ci", ".github", ".gitignore", ".pre-commit-config.yaml"),
}
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_the_top_level_holds_what_the_design_says_and_no_more(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("not a git checkout: what belongs to the project is not known")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    found = {name.split("/")[0] for name in tracked.split("\0") if name}
    assert found - TOP_LEVEL == set()
    assert TOP_LEVEL - found <= {"docker"}


def test_the_licence_is_the_official_text_of_apache_2(root: Path) -> None:
    assert hashlib.sha256((root / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_the_changelog_knows_the_version(root: Path) -> None:
    from fedser import __version__

    assert f"## {__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_folder_of_code_is_a_package(root: Path) -> None:
    folders = {path.parent for name in PACKAGES for path in (root / name).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_module_says_what_it_is(root: Path) -> None:
    modules = [path for name in PACKAGES for path in sorted((root / name).rglob("*.py"))]
    assert len(modules) > 50
    silent = [
        str(path.relative_to(root)) for path in modules if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_marked_as_typed(root: Path, name: str) -> None:
    assert (root / name / "py.typed").is_file()
