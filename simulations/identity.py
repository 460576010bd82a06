"""The ``identity`` key: whose updates the server knows, and of which others it asks whose they are."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from attacks.identity import LinkerConfig
from attacks.identity.cosine import Cosine
from attacks.identity.discriminant import Discriminant
from fedser.config import Frozen

Observed = Annotated[int, Field(ge=1)]


class Identity(Frozen):
    """Re-identification: known updates of each speaker are a gallery, and others, under new pseudonyms, are probes.

    Later updates of a client are made of the same utterances as its earlier ones, and are found again by these too;
    only other clients of a speaker (``partition.parts``) show whether it is the voice.
    """

    linkers: tuple[LinkerConfig, ...] = Field((Cosine(), Discriminant()), min_length=1)
    probes: Literal["later", "clients"] = Field(
        "later",
        description="the later half of a speaker's updates is asked about, the earlier half known; or those of half of"
        " his or her clients, those of the others known",
    )
    gallery: int = Field(5, ge=1, description="updates of each speaker of which the server knows whose they are")
    observed: tuple[Observed, ...] = Field(
        (1, 3, 5), min_length=1, description="how many updates of one unknown sender make a probe"
    )
    permutations: int = Field(5, ge=1, description="how often the control deals the gallery's names anew")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        labels = [linker.label for linker in self.linkers]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"linkers: given more than once: {', '.join(twice)}")
        return self
