"""Scores that took long to make, kept on disk, so that a killed fit need not make them again."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from attacks.attack import Scores
from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError


def kept(path: Path, make: Callable[[], Mapping[str, Scores]]) -> Mapping[str, Scores]:
    """The scores by layer in the file at ``path``, made and written where it is not there.

    ``path`` must name all that they depend on. Raises CaptureError when the file is damaged.
    """
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = make()
        write_tensors(path, dict(made), {"layers": list(made)}, "file of scores")
    try:
        with safe_open(path, framework="np") as file:
            layers = json.loads(file.metadata()["fedser"])["layers"]
            return {layer: file.get_tensor(layer) for layer in layers}
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise CaptureError(f"{path}: not a readable file of scores ({error}); delete it to make it again") from error
