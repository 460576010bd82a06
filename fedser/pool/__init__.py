"""Work in spawned processes: batches handed out one by one, or a crew that is asked for one thing after another."""

from fedser.pool.batches import run_all
from fedser.pool.crew import Pipe, crew
from fedser.pool.line import StoppedError, tell
from fedser.pool.worker import WorkerError

__all__ = ["Pipe", "StoppedError", "WorkerError", "crew", "run_all", "tell"]
