"""What an audit's page is made of: its folder, read again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.manifest import MANIFEST, read_manifest
from fedser.config import validate
from fedser.config.document import Document
from fedser.errors import InputError, Problems
from simulations.bias.audit import Audit

AUDIT, SUMMARY = "audit.json", "summary.json"
TABLES = (
    "rates", "confusion", "differences", "parity", "balance", "balanced", "calibration", "reliability", "paper",
)  # fmt: skip
_WORDS = dict.fromkeys(("grouping", "group", "class", "reference", "true", "predicted", "rate", "measure"), str)


@dataclass(frozen=True)
class AuditFiles:
    """A finished audit: what was asked, how many rows there were, and every table by its name."""

    audit: Audit
    summary: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    stage: Mapping[str, Any]

    @property
    def groupings(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(self.tables["rates"]["grouping"]))

    def of(self, table: str, grouping: str) -> pd.DataFrame:
        """The rows of one grouping."""
        rows = self.tables[table]
        return rows[rows["grouping"] == grouping]

    @property
    def focus(self) -> list[str]:
        """The classes whose four rates are drawn."""
        return list(self.audit.focus or self.summary["classes"])


def read_audit(folder: Path) -> AuditFiles:
    """Everything of the audit in ``folder``; raises InputError naming each file that is missing."""
    problems = Problems()
    for name in (AUDIT, SUMMARY, MANIFEST, *(f"{table}.csv" for table in TABLES)):
        if not (folder / name).is_file():
            problems.add(folder / name, "no such file; `fedser audit` makes it")
    problems.raise_if_any(InputError)
    stored, summary = (_json(folder / name) for name in (AUDIT, SUMMARY))
    # A class or a group may be called "NA"; that is missing in columns of numbers alone.
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=_numbers(folder / f"{name}.csv"))
        for name in TABLES
    }
    tables = {name: table.astype({c: str for c in table.columns if c in _WORDS}) for name, table in tables.items()}
    manifest = read_manifest(folder)
    assert manifest is not None
    audit = validate(Audit, Document(stored, {(): str(folder / AUDIT)}))
    return AuditFiles(audit, summary, tables, manifest | {"folder": "audit"})


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InputError(f"{path}: not readable ({error}); run `fedser audit` again") from error


def _numbers(path: Path) -> dict[str, list[str]]:
    return {name: [""] for name in pd.read_csv(path, nrows=0).columns if name not in _WORDS}
