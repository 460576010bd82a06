"""The package transformers as this project wants it: offline, silent, and without torchaudio."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


def go_offline() -> None:
    """Shut the network to transformers and to the hub's client, where neither is imported yet.

    What the user has set as HF_HUB_OFFLINE stands.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")


@cache
def library() -> Any:
    """The package, imported on first use; it writes neither bars nor remarks, and is only given folders to read."""
    go_offline()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one thread per worker process
    with _without_torchaudio():
        import transformers
        import transformers.audio_utils  # what looks for torchaudio
    package: Any = transformers
    package.logging.set_verbosity_error()
    package.logging.disable_progress_bar()
    return package


def first_line(error: Exception) -> str:
    """What these packages' errors, often of many lines, say first."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@contextmanager
def _without_torchaudio() -> Iterator[None]:
    """Hide torchaudio, which transformers imports where it is installed, and which fails beside another torch build.

    s3prl installs it; nothing here needs it.
    """
    if "torchaudio" in sys.modules:
        yield
        return
    sys.modules["torchaudio"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["torchaudio"]
