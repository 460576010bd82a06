"""A partition as one file, of which a reader takes into memory only what it touches."""

from pathlib import Path

from fedser.artifacts.mapped import map_tensors
from fedser.artifacts.tensors import write_tensors
from fedser.errors import InputError
from fedser.partition.names import Names
from fedser.partition.partition import Partition
from fedser.partition.ragged import Ragged


def save_partition(path: Path, partition: Partition) -> None:
    """Write one safetensors file, whole or not at all; raises InputError where this is no partition."""
    write_tensors(path, partition.checked().arrays, {"extent": partition.extent}, "partition")


def load_partition(path: Path, rows: int) -> Partition:
    """The partition that ``save_partition`` has written, of a matrix with so many ``rows``: mapped, not read.

    Raises InputError where the file is not readable, or belongs to a longer matrix.
    """
    arrays, header = map_tensors(path, "partition")
    if header["extent"] > rows:
        raise InputError(f"{path}: row {header['extent'] - 1} is given to a client, but there are {rows} rows")
    encoded = arrays["names"]
    return Partition(
        Names(encoded.view(f"S{encoded.shape[1]}")[:, 0]),
        Ragged(arrays["train.offsets"], arrays["train.rows"]),
        Ragged(arrays["validation.offsets"], arrays["validation.rows"]),
        arrays["test"],
    )
