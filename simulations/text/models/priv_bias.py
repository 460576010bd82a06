"""PrivBias: trained on a corpus that is unbiased in the attribute, then on the study's own (section 5.4)."""

from typing import ClassVar, Literal

from simulations.text.models.model import TextModel


class PrivBias(TextModel):
    """Trained first on the study's unbiased corpus, then fine-tuned as General is."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.4"
    needs_unbiased: ClassVar[bool] = True
    name: Literal["priv_bias"] = "priv_bias"
