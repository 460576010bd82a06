"""Captures in formats that others read, and back: ``npz``, by name, and ``breaching``, by place.

Both are a folder of ``public.json``, ``schema.json``, and for each part of a round an ``.npz`` of float32 arrays with a
``.json`` of the same name beside it. Neither holds a pickle, and none is read.
"""

from fedser.updates.exchange.layouts import LAYOUTS, Format
from fedser.updates.exchange.payload import payload
from fedser.updates.exchange.transfer import export_store, import_store

__all__ = ["LAYOUTS", "Format", "export_store", "import_store", "payload"]
