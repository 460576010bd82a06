"""The bases of every configuration value: frozen, strict, and closed against unknown keys."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A configuration value that never changes and refuses keys it does not know."""

    # As JSON an infinite number is Infinity, which is read back, and not null, which is refused.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ser_json_inf_nan="constants")

    @classmethod
    def completed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The plain data of a file, with what they leave to be filled in before they are validated."""
        return data


class Plugin(Frozen):
    """A choice in a closed family (corpus, feature set, algorithm, attack, ...), told apart by ``name``.

    Each subclass declares ``name: Literal["..."] = "..."``; the first line of its docstring and ``source``
    are what ``fedser list`` prints.
    """

    source: ClassVar[str]

    @classmethod
    def summary(cls) -> str:
        """One line that says what the plugin is."""
        return (cls.__doc__ or "").strip().splitlines()[0]
