"""General: trained for the task alone; all others are compared with it (section 5.1)."""

from typing import ClassVar, Literal

from simulations.text.models.model import TextModel


class General(TextModel):
    """Trained for the task, and told nothing of the attribute."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.1"
    name: Literal["general"] = "general"
