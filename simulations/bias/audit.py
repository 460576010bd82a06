"""One audit as a frozen value: what a YAML file in ``configs/bias`` describes."""

from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from fedser.config import Frozen
from fedser.config.document import read_document
from fedser.metrics.permutation import Permutation
from fedser.seeds import Stream
from simulations.attributes import in_full, in_short
from simulations.attributes.groups import Groups
from simulations.attributes.values import Values
from simulations.bias.sources import SourceConfig

KEY = "predictions"

GroupColumn = Annotated[
    Annotated[Groups | Values, Field(discriminator="name")], BeforeValidator(in_full), PlainSerializer(in_short)
]
"""A column of groups as it is, renamed, or a number cut at edges."""


class Small(Frozen):
    """Below what a rate is flagged as resting on little; it is told all the same."""

    rows: int = Field(30, ge=0, description="rows that the rate is a share of")
    subjects: int = Field(5, ge=0, description="persons behind them, where persons are known")


class Scores(Frozen):
    """The bootstrap, and the permutations of groups between persons."""

    bootstrap: int = Field(1000, ge=100, description="resamples of persons, or of rows where persons are not known")
    confidence: float = Field(0.95, gt=0, lt=1, description="share of the resamples that an interval holds")
    permutations: int = Field(10_000, ge=99, description="dealings of groups to persons at most")
    bins: int = Field(10, ge=2, description="bins of the calibration")

    def dealings(self, units: int) -> Permutation:
        """The permutation test for so many units: of very many persons fewer dealings, as memory allows."""
        return Permutation(max(999, min(self.permutations, 20_000_000 // max(units, 1))))


class Audit(Frozen):
    """Which predictions, and between which groups they are compared."""

    name: str = Field(min_length=1)
    seed: int = Field(0, ge=0)
    predictions: SourceConfig
    groups: tuple[GroupColumn, ...] = Field(min_length=1, description="columns whose values are compared")
    intersections: tuple[tuple[str, ...], ...] | Literal["all"] = Field(
        "all", description="groups of several columns at once; by default of every two"
    )
    reference: dict[str, str] = Field(
        default_factory=dict, description="the group that others are compared with, by column; by default the largest"
    )
    unknown: Literal["refuse", "leave_out"] = Field(
        "refuse", description="what is done with rows of which a group is not known"
    )
    one_class: Literal["refuse", "keep"] = Field(
        "refuse", description="what is done where all rows of a group have one true class, so that little is defined"
    )
    classes: tuple[str, ...] = Field(
        (), description="the classes, in order; by default those that occur, or have scores"
    )
    focus: tuple[str, ...] = Field((), description="classes whose four rates are drawn; by default all")
    small: Small = Small()
    scores: Scores = Scores()
    paper: bool = Field(False, description="put the published happy/neutral rates by gender beside these")
    data_root: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = self.columns
        wrong = [f"groups: {name} is given twice" for name in names if names.count(name) > 1]
        for crossed in () if self.intersections == "all" else self.intersections:
            if len(set(crossed)) < 2 or not set(crossed) <= set(names):
                told = ", ".join(crossed)
                wrong.append(f"intersections: [{told}]: give two or more of the groups ({', '.join(names)})")
        for column in self.reference:
            if column not in names:
                wrong.append(f"reference: {column} is none of the groups ({', '.join(names)})")
        if wrong:
            raise ValueError("\n".join(dict.fromkeys(wrong)))
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of groups, as they are told."""
        return tuple(group.column for group in self.groups)

    @property
    def crossed(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each intersection."""
        return tuple(combinations(self.columns, 2)) if self.intersections == "all" else self.intersections

    def stream(self, *names: str) -> Stream:
        """A random stream of this audit."""
        return Stream(self.seed)("audit", *names)

    def dump(self) -> dict[str, Any]:
        """Plain data, every default in it."""
        return self.model_dump(mode="json")


def is_audit(path: Path) -> bool:
    """Whether a config file describes an audit; raises ConfigError where it cannot be read."""
    return KEY in read_document(path).data
