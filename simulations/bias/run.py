"""Runs an audit: reads predictions, refuses bad ones, writes every table, and builds the page."""

from pathlib import Path

import pandas as pd

from fedser.artifacts.files import write_json
from fedser.artifacts.manifest import begin_stage
from fedser.errors import ConfigError
from simulations.bias.audit import Audit
from simulations.bias.balance import balance_table, balanced_table
from simulations.bias.calibrated import calibration_tables
from simulations.bias.counted import Counted
from simulations.bias.differences import differences_table
from simulations.bias.files import AUDIT, SUMMARY
from simulations.bias.grouping import groupings
from simulations.bias.parity import parity_table
from simulations.bias.predictions import Predictions, checked
from simulations.bias.published import beside
from simulations.bias.rates import confusion_table, rates_table
from simulations.machine import Machine
from simulations.scoring import write_csv


def run_audit(audit: Audit, folder: Path) -> Path:
    """Write tables, figures and ``report.html`` into ``folder``; returns the page.

    Raises InputError with everything that is wrong with the predictions, before anything is written, and ConfigError
    where the folder holds something else.
    """
    from simulations.bias.report import build_audit_report

    _refuse_other(folder)
    root = Machine.here(audit.data_root).data_root
    predictions = checked(audit, audit.predictions.read([group.of for group in audit.groups], root))
    tables = audit_tables(audit, predictions)
    end = begin_stage(folder, "audit", audit.dump(), audit.predictions.inputs(root), audit.seed)
    write_json(folder / AUDIT, audit.dump())
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
    write_json(folder / SUMMARY, _summary(predictions))
    end()
    return build_audit_report(folder)


def audit_tables(audit: Audit, predictions: Predictions) -> dict[str, pd.DataFrame]:
    """Every table of an audit, by the name of its file; those of several groupings one below the other."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for grouping in groupings(audit, predictions):
        for name, table in _tables(Counted(audit, predictions, grouping)).items():
            parts.setdefault(name, []).append(table)
    tables = {name: _below(found) for name, found in parts.items()}
    return tables | {"predictions": _rows(predictions), "paper": beside(tables["rates"], audit.paper)}


def _tables(counted: Counted) -> dict[str, pd.DataFrame]:
    calibration, reliability = calibration_tables(counted)
    return {
        "rates": rates_table(counted),
        "confusion": confusion_table(counted),
        "differences": differences_table(counted),
        "parity": parity_table(counted),
        "balance": balance_table(counted),
        "balanced": balanced_table(counted),
        "calibration": calibration,
        "reliability": reliability,
    }


def _below(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _rows(predictions: Predictions) -> pd.DataFrame:
    """The rows that were audited."""
    classes = predictions.classes
    rows = {"id": predictions.ids, "true": [classes[c] for c in predictions.true]}
    rows["predicted"] = [classes[c] for c in predictions.predicted]
    return pd.concat([pd.DataFrame(rows), predictions.groups], axis=1)


def _summary(predictions: Predictions) -> dict[str, object]:
    return {
        "rows": len(predictions.ids),
        "persons": int(predictions.subjects.max()) + 1 if predictions.of_subjects else None,
        "classes": list(predictions.classes),
        "scored": predictions.scores is not None,
        "left_out": predictions.left_out,
    }


def _refuse_other(folder: Path) -> None:
    """An audit may be made again in its folder; nothing else is written over."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder}: not a folder; choose another with --out")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / AUDIT).is_file():
        raise ConfigError(f"{folder}: not empty and not an audit's folder; choose another with --out")
