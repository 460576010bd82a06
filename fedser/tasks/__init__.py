"""Tasks: what a federation learns, and how well."""

from fedser.tasks.classification import Classification

TaskConfig = Classification
TASKS: tuple[type[Classification], ...] = (Classification,)
