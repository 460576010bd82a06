"""What every defense is: it may change the model that is trained, or the update before it leaves the client.

Of several, each acts on what the one before it in the config has made, the first on what the client would have sent: a
norm that is clipped before noise is added is another defense than one that is clipped after.
"""

from fedser.config import Plugin
from fedser.models import ModelConfig
from fedser.seeds import Stream
from fedser.updates.update import Arrays


class Defense(Plugin):
    """A client-side defense; what it leaves alone passes unchanged."""

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The architecture that is trained instead."""
        return model

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """The update that is sent instead: u_k of the server formula, a gradient or w - w_k."""
        return update

    def on_round(self, update: Arrays, kept: Arrays, stream: Stream) -> tuple[Arrays, Arrays]:
        """The update that is sent instead, and what the client keeps until its next round.

        ``kept`` is what it has kept from its last one, empty in its first. Only a defense that ``keeps_state`` has it
        keep anything: arrays of any names and shapes, which neither the server nor an attacker ever sees.
        """
        return self.on_update(update, stream), {}

    @property
    def label(self) -> str:
        """Name and settings, for tables: ``dropout(rate=0.4 layer=1)``."""
        settings = self.model_dump(mode="json", exclude={"name"})
        return f"{type(self).model_fields['name'].default}({' '.join(f'{k}={v}' for k, v in settings.items())})"

    @property
    def changes_update(self) -> bool:
        """Whether ``on_update`` does anything, so that parameters are not rounded for nothing."""
        return type(self).on_update is not Defense.on_update

    @property
    def keeps_state(self) -> bool:
        """Whether a client keeps something between its rounds; by itself a defense has it keep nothing."""
        return False
