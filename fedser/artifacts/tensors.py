"""Named arrays in one safetensors file, whole or not there; a full disk is told in words."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from fedser.artifacts.files import write_atomic
from fedser.errors import CaptureError

Tensors = Mapping[str, np.ndarray[Any, Any]]


def write_tensors(path: Path, tensors: Tensors, header: Mapping[str, Any], what: str) -> None:
    """Write ``tensors`` with ``header`` as JSON beside them; raises CaptureError, which calls the file ``what``."""
    metadata = {"fedser": json.dumps(header)}
    try:
        write_atomic(path, lambda part: save_file(dict(tensors), part, metadata))
    except (OSError, SafetensorError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        reason = "the disk is full" if full else str(error)
        raise CaptureError(
            f"{path}: cannot write this {what}: {reason}; all earlier rounds are kept, run again to resume"
        ) from error
