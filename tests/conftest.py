"""Shared fixtures: where the real corpora lie, and threads kept to one."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora beside the project; tests that need it skip, by name, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data (real speech corpora beside the project)")
    return SHARED_DATA
