"""``fedser audit``: of whom does a classifier say what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fedser.config.document import Document
    from simulations.bias.audit import Audit


def audit(
    what: Annotated[
        Path,
        typer.Argument(help="an audit's YAML file, a table of predictions, or a run's folder", show_default=False),
    ],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="replace one value; repeatable")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="the audit's folder", show_default="runs/<name>")] = None,
) -> None:
    """Compare a classifier's rates between groups of people: intervals, tests, parity, balance, calibration.

    WHAT is the YAML file of an audit, a table of predictions (CSV or parquet), or a run's folder; for the latter two,
    --set groups=... lists the columns of groups.
    """
    from simulations.bias.files import read_audit
    from simulations.bias.run import run_audit
    from simulations.bias.words import findings, what_was_audited

    asked = _asked(what, overrides or [])
    page = run_audit(asked, out or Path("runs") / asked.name)
    files = read_audit(page.parent)
    print(what_was_audited(files))
    for grouping in files.groupings:
        print(f"\nby {grouping}")
        for sentence in findings(files, grouping):
            print(f"- {sentence}")
    print(f"\nreport: {page}")


def _asked(what: Path, overrides: list[str]) -> "Audit":
    from fedser.config import validate
    from fedser.config.document import read_document
    from fedser.config.overrides import apply_overrides
    from simulations.bias.audit import Audit

    document = read_document(what) if what.suffix in (".yaml", ".yml") else _short(what)
    return validate(Audit, apply_overrides(document, overrides))


def _short(what: Path) -> "Document":
    """What a config would say of a table, or of a run, by its path alone."""
    from fedser.config.document import Document

    run = {"name": "run", "folder": str(what)}
    source = run if what.is_dir() else {"name": "table", "path": str(what.absolute())}
    return Document({"name": f"audit-{what.stem or 'run'}", "predictions": source}, {(): str(what)})
