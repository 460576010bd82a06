"""Where each array of a round stands in an exported file: by its name (``npz``), or by its place (``breaching``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fedser.updates.exchange.metadata import data_metadata, shared_metadata
from fedser.updates.public import PublicParameters
from fedser.updates.update import Array, Arrays, Round, Update

Format = Literal["npz", "breaching"]


@dataclass(frozen=True)
class ByName:
    """``broadcast/<parameter>`` and ``<client>/<parameter>``, exactly as captured."""

    about: ClassVar[Mapping[str, str]] = {
        "<part>.npz": "float32 arrays without pickle: broadcast/<parameter> (the model that was sent out, in the first"
        " part of a round only) and <client>/<parameter> (what came back: public.json's `sends` says whether the"
        " gradient or the parameters)",
        "<part>.json": "round (from 1), part (from 0), parts, and examples: client -> n_k, its weight in the average;"
        " where clients aggregate before the server, client is a group, and members: group -> its clients",
    }

    def model_key(self, public: PublicParameters, name: str) -> str:
        """The key of a parameter of the broadcast model."""
        return f"broadcast/{name}"

    def sent_key(self, public: PublicParameters, client: str, name: str) -> str:
        """The key of what ``client`` sent for a parameter."""
        return f"{client}/{name}"

    def leave(self, public: PublicParameters, sent: Array, model: Array) -> Array:
        """What is written of an array that a client sent."""
        return sent

    def enter(self, public: PublicParameters, written: Array, model: Array) -> Array:
        """The array that the client sent."""
        return written

    def more(self, public: PublicParameters, updates: tuple[Update, ...]) -> Mapping[str, Any]:
        """What stands in the JSON beside round, part and examples."""
        return {}


class ByPlace(ByName):
    """The lists that JonasGeiping/breaching (MIT) hands to its attacks: ``server_payload`` and ``shared_data``.

    Arrays are in the order of the model's parameters. What it calls gradients is, after several local steps, the local
    parameters less the broadcast ones (its ``cases/users.py``, UserMultiStep): subtracted and added again in float32,
    so that a parameter comes back to within a rounding, where gradients and ``npz`` come back bit for bit.
    """

    about: ClassVar[Mapping[str, str]] = {
        "<part>.npz": "float32 arrays without pickle: server_payload/parameters/<place> (in the first part of a round"
        " only) and shared_data/<client>/gradients/<place>; place counts public.json's parameters from 0, in order;"
        " gradients are the local parameters less the broadcast ones where public.json's `sends` is parameters",
        "<part>.json": "round (from 1), part (from 0), parts, examples: client -> n_k; server_payload: buffers,"
        " metadata; shared_data: client -> buffers, metadata (num_data_points, labels, local_hyperparams)",
    }

    def model_key(self, public: PublicParameters, name: str) -> str:
        """The key of a parameter of the broadcast model."""
        return f"server_payload/parameters/{_place(public, name)}"

    def sent_key(self, public: PublicParameters, client: str, name: str) -> str:
        """The key of what ``client`` sent for a parameter."""
        return f"shared_data/{client}/gradients/{_place(public, name)}"

    def leave(self, public: PublicParameters, sent: Array, model: Array) -> Array:
        """What is written of an array that a client sent."""
        return sent - model if public.sends == "parameters" else sent

    def enter(self, public: PublicParameters, written: Array, model: Array) -> Array:
        """The array that the client sent."""
        return model + written if public.sends == "parameters" else written

    def more(self, public: PublicParameters, updates: tuple[Update, ...]) -> Mapping[str, Any]:
        """What stands in the JSON beside round, part and examples."""
        return {
            "server_payload": {"buffers": None, "metadata": data_metadata(public)},
            "shared_data": {
                each.client: {"buffers": None, "metadata": shared_metadata(public, each.examples)} for each in updates
            },
        }


LAYOUTS: Mapping[Format, ByName] = {"npz": ByName(), "breaching": ByPlace()}


def arrays_of(layout: ByName, public: PublicParameters, seen: Round) -> Arrays:
    """The arrays of one part of a round under the keys of ``layout``."""
    model = {layout.model_key(public, name): array for name, array in seen.broadcast.items() if seen.part == 0}
    return model | {
        layout.sent_key(public, each.client, name): layout.leave(public, array, seen.broadcast[name])
        for each in seen.updates
        for name, array in each.arrays.items()
    }


def _place(public: PublicParameters, name: str) -> int:
    return list(public.parameters).index(name)
