"""Tasks: what a federation learns, and how well."""

from typing import Annotated

from pydantic import Field

from fedser.tasks.classification import Classification
from fedser.tasks.detection import Detection

TaskConfig = Annotated[Classification | Detection, Field(discriminator="name")]
"""The closed union of all tasks, told apart by ``name``."""

__all__ = ["Classification", "Detection", "TaskConfig"]
