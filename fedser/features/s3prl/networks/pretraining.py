"""The settings that s3prl's pretraining of APC, VQ-APC and NPC leaves in a checkpoint."""

from typing import Generic, Self, TypeVar

from fedser.features.s3prl.checkpoint import Checkpoint, Part
from fedser.features.s3prl.networks.frontend import Audio

Paras = TypeVar("Paras", bound=Part)


class _Model(Part, Generic[Paras]):
    paras: Paras


class _Data(Part):
    audio: Audio


class Config(Part, Generic[Paras]):
    """``Paras`` are what the network's class is made with."""

    model: _Model[Paras]
    data: _Data

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """The settings in ``checkpoint``; raises InputError with all that do not fit."""
        return checkpoint.settings(cls, "config", "Upstream_Config")
