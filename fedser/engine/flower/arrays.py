"""Arrays in Flower's messages that are turned into bytes only where they leave this machine."""

from functools import cached_property
from typing import Any

import numpy as np
from flwr import app

from fedser.updates.update import Arrays


class Array(app.Array):
    """Flower's Array around a numpy array; its bytes (``numpy.save``) and all else are made when they are asked for.

    A grid of one machine never asks. The name is that of Flower's own class because a message that is sent by a
    SuperLink names the class of each part, and comes back as Flower's.
    """

    stype = "numpy.ndarray"

    def __init__(self, ndarray: np.ndarray[Any, Any]) -> None:
        self.__dict__["_ndarray"] = ndarray

    @cached_property
    def dtype(self) -> str:  # type: ignore[override]
        """Numpy's name of the type."""
        return str(self.numpy().dtype)

    @cached_property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The array's own."""
        shape: tuple[int, ...] = self.numpy().shape
        return shape

    @cached_property
    def data(self) -> bytes:  # type: ignore[override]
        """What Flower itself would have made of the array."""
        return app.Array(self.numpy()).data

    def numpy(self) -> np.ndarray[Any, Any]:
        """The array itself, not a copy; read-only where it comes from another process."""
        array: np.ndarray[Any, Any] = self.__dict__["_ndarray"]
        return array

    def __reduce__(self) -> tuple[type["Array"], tuple[np.ndarray[Any, Any]]]:
        return Array, (self.numpy(),)  # pickled out of band: the other side sees shared memory


def pack(arrays: Arrays) -> app.ArrayRecord:
    """The arrays as a record; one record serves the messages to all nodes."""
    record = app.ArrayRecord()
    for name, array in arrays.items():
        record[name] = Array(np.asarray(array, order="C"))
    return record


def unpack(record: app.ArrayRecord) -> Arrays:
    """The arrays of a record, from this machine or another."""
    return {name: array.numpy() for name, array in record.items()}
