"""Shared fixtures: where the real corpora lie, threads kept to one, and hypothesis without a clock."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine must not turn a true property into a failure, nor one run's luck into another's.
settings.register_profile("fedser", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fedser")

LONG = Path(__file__).parent / "simulations"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole studies come first: few tests that take long, which as the last would keep one worker waiting."""
    items.sort(key=lambda item: LONG not in item.path.parents)


SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora beside the project; tests that need it skip, by name, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data (real speech corpora beside the project)")
    return SHARED_DATA


@pytest.fixture
def blank_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report's figures are made, but neither laid out nor drawn, which takes longer than all else of a page."""

    def save(figure: Any, folder: Path, name: str) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        for ending in ("svg", "png"):
            (folder / f"{name}.{ending}").write_text(BLANK)
        return BLANK

    monkeypatch.setattr("simulations.report.build.save", save)


BLANK = '<svg width="1pt" viewBox="0 0 1 1"></svg>'
