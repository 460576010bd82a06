"""Work in spawned processes: batches handed out one by one, or a crew that is asked for one thing after another."""

from fedser.pool.batches import run_all
from fedser.pool.cores import cores
from fedser.pool.crew import End, answer, ask, crew, receive
from fedser.pool.line import Pipe, StoppedError, tell
from fedser.pool.worker import WorkerError, died

__all__ = [
    "End",
    "Pipe",
    "StoppedError",
    "WorkerError",
    "answer",
    "ask",
    "cores",
    "crew",
    "died",
    "receive",
    "run_all",
    "tell",
]
