"""The two arguments that `breaching`'s attacks take, in memory, of one client's update in an exported folder."""

from pathlib import Path
from typing import Any

from fedser.errors import CaptureError
from fedser.updates.exchange.reading import read_arrays, read_header


class Metadata(dict[str, Any]):
    """A dictionary whose keys are attributes too: breaching reads ``metadata.shape`` and ``metadata["modality"]``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def payload(folder: Path, number: int, client: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """``server_payload`` and ``shared_data`` (one query each, float32 tensors) of ``client`` in round ``number``.

    ``attacker.reconstruct(server_payload, shared_data, {})`` takes them; for an update of several local steps put the
    labels that are supposed, a tensor for each step, into ``local_hyperparams["labels"]`` first, since no capture holds
    labels. Raises CaptureError where the folder is not of the format ``breaching``, or holds no such update.
    """
    import torch

    parts = [(path, read_header(path)) for path in sorted(folder.glob(f"round-{number:06d}*.json"))]
    first = [path for path, header in parts if header["part"] == 0]
    found = [(path, header) for path, header in parts if client in header.get("shared_data", {})]
    if not first or not found:
        raise CaptureError(f"{folder}: no update of {client} in round {number} in the layout of breaching")
    (path, header), model = found[0], read_arrays(first[0].with_suffix(".npz"))
    sent = model if path == first[0] else read_arrays(path.with_suffix(".npz"))

    def tensors(arrays: Any, start: str) -> list[Any]:
        places = sorted(int(key[len(start) :]) for key in arrays if key.startswith(start))
        return [torch.from_numpy(arrays[f"{start}{place}"]) for place in places]

    server, shared = header["server_payload"], header["shared_data"][client]
    parameters = tensors(model, "server_payload/parameters/")
    gradients = tensors(sent, f"shared_data/{client}/gradients/")
    return (
        [{"parameters": parameters, "buffers": server["buffers"], "metadata": Metadata(server["metadata"])}],
        [{"gradients": gradients, "buffers": shared["buffers"], "metadata": dict(shared["metadata"])}],
    )
