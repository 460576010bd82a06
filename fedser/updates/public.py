"""What the threat model grants every attacker besides the updates: the public side of a training."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from fedser.artifacts.files import write_json
from fedser.config import Frozen
from fedser.errors import CaptureError

PUBLIC = "public.json"


class PublicParameters(Frozen):
    """Architecture and hyper-parameters of one training, as its server knows them (the white-box threat model).

    ``model`` and ``algorithm`` are the configurations as plain values; ``parameters`` maps each parameter's name
    to its shape, input side first; ``features`` is the input width and ``classes`` the emotion classes.
    """

    training: str
    sends: Literal["gradient", "parameters"]
    model: dict[str, Any]
    algorithm: dict[str, Any]
    features: int
    classes: tuple[str, ...]
    rounds: int
    parameters: dict[str, tuple[int, ...]]

    def save(self, folder: Path) -> None:
        """Write ``public.json`` into ``folder``."""
        write_json(folder / PUBLIC, self.model_dump(mode="json"))

    @classmethod
    def load(cls, folder: Path) -> "PublicParameters":
        """Read ``public.json``; raises CaptureError when it is missing or damaged."""
        path = folder / PUBLIC
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise CaptureError(f"{folder}: no update store here ({PUBLIC} is missing)") from error
        except ValidationError as error:
            raise CaptureError(f"{path}: damaged: {error.errors()[0]['msg']}") from error
