"""13,915 English lemmas with valence, arousal and dominance from 1 to 9 (Warriner, Kuperman and Brysbaert 2013)."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from fedser.errors import InputError
from simulations.text.lexicons.files import lexicon_text
from simulations.text.lexicons.ratings import Ratings, share

_COLUMNS = {"valence": "V.Mean.Sum", "activation": "A.Mean.Sum"}


class Warriner(Ratings):
    """The open norms of valence and arousal of 13,915 lemmas."""

    source: ClassVar[str] = "Warriner, Kuperman and Brysbaert 2013"
    licence: ClassVar[str] = "CC BY-NC-ND 3.0"
    dimensions: ClassVar[tuple[str, ...]] = ("valence", "activation")
    name: Literal["warriner"] = "warriner"
    path: str = Field("text/lexicons/Ratings_Warriner_et_al.csv", description="below data_root")

    def rated(self, dimension: str, root: Path) -> Mapping[str, float]:
        """As of every lexicon; lemmas alone, so that forms such as `loved` are not known unless they are one."""
        text = lexicon_text(root, self.path, "Ratings_Warriner_et_al.csv", "https://github.com/JULIELab/XANEW")
        table, column = csv.DictReader(io.StringIO(text)), _COLUMNS[dimension]
        if not {"Word", column} <= set(table.fieldnames or ()):
            raise InputError(f"{self.path}:1: should have the columns Word and {column}")
        return {row["Word"].strip().lower(): share(row[column], 1.0, 9.0, self.path) for row in table}
