"""What a report is made of: everything it reads in a run's folder, checked before anything is drawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from fedser.artifacts.manifest import MANIFEST, read_manifest
from fedser.errors import InputError, Problems
from simulations.attributes import AttributeConfig, in_full
from simulations.report.read_tables import OPTIONAL_TABLES, TABLES, read_table
from simulations.scoring import LEAKAGE_COLUMNS, Scores

EXPERIMENT = "experiment.json"


class Named(BaseModel):
    """A plugin's configuration, as far as the report speaks of it."""

    model_config = ConfigDict(frozen=True)
    name: str


class Partition(Named):
    """Over what features were normalised."""

    normalise: str


class Defended(Named):
    """A defense, and of how many clients together where it lets the server see no fewer."""

    clients: int = 1


class Features(Named):
    """An extractor, and which of its feature sets where it has several."""

    feature_set: str = ""

    @property
    def title(self) -> str:
        """The feature set's name, or else the extractor's."""
        return self.feature_set or self.name


def _title(attribute: object) -> str:
    return TypeAdapter[AttributeConfig](AttributeConfig).validate_python(in_full(attribute)).title


class Described(BaseModel):
    """The keys of the experiment that the report puts into sentences; the others it only shows.

    Unknown keys are let pass, so that an older run's report can still be built.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    seed: int
    attribute: Annotated[str, BeforeValidator(_title)]
    rounds: int
    features: Features
    algorithm: Named
    partition: Partition
    defenses: tuple[Defended, ...]
    scores: Scores


@dataclass(frozen=True)
class RunFiles:
    """All that the report reads. ``config`` is the whole resolved configuration, ``stages`` the stages' manifests;
    ``identity`` and ``curves`` are empty where the run did not ask whose updates are, ``inversion`` and ``inverted``
    where it rebuilt no input, ``inputs`` and ``families`` where no attack tells which inputs it reads,
    ``communication`` and ``persons`` where an older version has not counted it, ``seconds`` where no defense was timed,
    ``utility`` where no speaker is held out, ``representations`` where none was read, ``privacy`` where no defense
    promises an epsilon.
    """

    config: Mapping[str, Any]
    run: Described
    stages: tuple[Mapping[str, Any], ...]
    corpora: pd.DataFrame
    dropped: pd.DataFrame
    history: pd.DataFrame
    ser: pd.DataFrame
    leakage: pd.DataFrame
    rounds: pd.DataFrame
    accumulated: pd.DataFrame
    attacks: pd.DataFrame
    membership: pd.DataFrame
    roc: pd.DataFrame
    identity: pd.DataFrame
    curves: pd.DataFrame
    inversion: pd.DataFrame
    inverted: pd.DataFrame
    inputs: pd.DataFrame
    families: pd.DataFrame
    communication: pd.DataFrame
    utility: pd.DataFrame
    representations: pd.DataFrame
    privacy: pd.DataFrame
    seconds: pd.DataFrame
    persons: pd.DataFrame

    @property
    def uar(self) -> pd.DataFrame:
        """The rows of the leakage table whose metric is UAR; none when nothing was attacked."""
        return self.leakage[self.leakage["metric"] == "uar"].reset_index(drop=True)


def read_run(folder: Path) -> RunFiles:
    """Read a run's folder; raises InputError naming every file that is missing or damaged, and what makes it."""
    problems = Problems()
    config, run = _read_config(folder / EXPERIMENT, problems)
    tables = {table.field: read_table(folder / name, problems) for name, table in TABLES.items()}
    tables |= {table.field: _read_if_there(folder / name, problems) for name, table in OPTIONAL_TABLES.items()}
    stages = _manifests(folder)
    if not stages:
        problems.add(folder, f"no {MANIFEST} in its folders; every stage of `fedser run` writes one")
    problems.raise_if_any(InputError, f"{folder}: no report can be built")
    assert run is not None
    files = RunFiles(config, run, stages, **tables)
    _refuse_several_runs(folder, files.leakage)
    return files


def _read_if_there(path: Path, problems: Problems) -> pd.DataFrame:
    return read_table(path, problems) if path.exists() else pd.DataFrame()


def _read_config(path: Path, problems: Problems) -> tuple[dict[str, Any], Described | None]:
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text), Described.model_validate_json(text)
    except FileNotFoundError:
        problems.add(path, "missing; `fedser run` writes it first of all")
    except ValidationError as error:
        problems.extend(f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    except ValueError as error:
        problems.add(path, f"not JSON ({error})")
    return {}, None


def _manifests(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """The manifests of the stages before the report, in the order of their beginning."""
    places = sorted({path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/{MANIFEST}")})
    found = [{"folder": place.relative_to(folder).as_posix(), **(read_manifest(place) or {})} for place in places]
    return tuple(sorted((one for one in found if one["stage"] != "report"), key=lambda one: str(one["start"])))


def _refuse_several_runs(folder: Path, leakage: pd.DataFrame) -> None:
    names = [*LEAKAGE_COLUMNS[:5], "attribute"]
    differ = [name for name in names if leakage[name].nunique(dropna=False) > 1]
    if differ:
        raise InputError(f"{folder / 'leakage.csv'}: rows of more than one run (they differ in {', '.join(differ)})")
