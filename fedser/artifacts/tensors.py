"""Named arrays in one safetensors file, whole or not there; a full disk is told in words."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fedser.artifacts.files import write_atomic
from fedser.artifacts.flat_file import Tensors, save_file
from fedser.errors import CaptureError


def write_tensors(path: Path, tensors: Tensors, header: Mapping[str, Any], what: str) -> None:
    """Write ``tensors`` with ``header`` as JSON beside them; raises CaptureError, which calls the file ``what``."""
    metadata = {"fedser": json.dumps(header)}
    try:
        write_atomic(path, lambda part: save_file(tensors, part, metadata))
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        raise CaptureError(
            f"{path}: cannot write this {what}: {reason}; all earlier rounds are kept, run again to resume"
        ) from error
