"""The command line: run, check, report, list, audit, detect, corpora, bench, export, import.

Exit code 2 means bad input, 1 a run that failed.
"""

import errno
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from fedser import __version__
from fedser.errors import FedserError
from simulations.bench.command import bench
from simulations.bias.command import audit
from simulations.corpus_report.command import corpora
from simulations.detection.command import detect
from simulations.exchange import export_capture, import_capture

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="What a federated speech-emotion model gives away about its speakers, and which defense helps.",
)

Config = Annotated[
    Path, typer.Argument(help="the YAML file of an experiment, a grid, or a text study", show_default=False)
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="replace one value of the config; repeatable")
]
Out = Annotated[Path | None, typer.Option("--out", help="the run's folder", show_default="runs/<name>")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="processes", show_default="all cores")]

Cells = Annotated[
    list[str] | None,
    typer.Option("--cells", metavar="AXIS=LABEL,...", help="of a grid, only these; patterns; repeatable"),
]


@app.command()
def run(
    config: Config,
    overrides: Set = None,
    cells: Cells = None,
    out: Out = None,
    workers: Workers = None,
    go_on: Annotated[bool, typer.Option("--continue", help="use a folder that holds a run of another config")] = False,
) -> None:
    """Run all stages of an experiment; what is finished is kept, what is half done goes on where it stood."""
    from simulations.pipeline import run_experiment
    from simulations.report.table import results_table

    if _is_study(config, cells):
        from simulations.text.command import run_file as run_study_file

        run_study_file(config, overrides or (), out, workers)
        return
    if _is_grid(config, cells):
        from simulations.grid.command import run_file

        run_file(config, overrides or (), cells or (), out, workers, go_on)
        return
    experiment = _load(config, overrides)
    folder = out or Path("runs") / experiment.name
    page = run_experiment(experiment, folder, workers, go_on)
    Console().print(results_table(folder))
    print(f"report: {page}")


@app.command()
def check(config: Config, overrides: Set = None, cells: Cells = None) -> None:
    """Print the resolved experiment, or a grid's cells, and the work and disk it will take; touch nothing."""
    import yaml

    from simulations.estimate import estimate_tables

    if _is_study(config, cells):
        from simulations.text.command import check_file as check_study_file

        check_study_file(config, overrides or ())
        return
    if _is_grid(config, cells):
        from simulations.grid.command import check_file

        check_file(config, overrides or (), cells or ())
        return
    experiment = _load(config, overrides)
    print(yaml.safe_dump(experiment.dump(), sort_keys=False, allow_unicode=True), end="")
    Console().print(*estimate_tables(experiment), sep="\n")


@app.command()
def report(folders: Annotated[list[Path], typer.Argument(help="folders of runs or grids", show_default=False)]) -> None:
    """Build the report of each run, grid of runs, or text study again from what lies in its folder."""
    from simulations.grid.folder import GridFolder
    from simulations.grid.report import build_grid_report
    from simulations.report import build_report
    from simulations.text.folder import StudyFolder
    from simulations.text.report import build_study_report

    for folder in folders:
        grid = build_grid_report if GridFolder(folder).is_grid else build_report
        build = build_study_report if StudyFolder(folder).is_study else grid
        print(f"report: {build(folder)}")


@app.command(name="list")
def list_plugins() -> None:
    """Show every plugin by family, with one line and its source."""
    from simulations.families import families, needed, plugin_name

    for family, plugins in families().items():
        print(family)
        width = max(len(plugin_name(plugin)) for plugin in plugins)
        for plugin in plugins:
            print(f"  {plugin_name(plugin):<{width}}  {plugin.summary()} [{plugin.source}]{needed(plugin)}")


app.command()(audit)
app.command()(detect)
app.command()(corpora)
app.command()(bench)
app.command(name="export")(export_capture)
app.command(name="import")(import_capture)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="print the version and stop")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def _is_grid(config: Path, cells: list[str] | None) -> bool:
    from fedser.errors import ConfigError
    from simulations.grid.grid import is_grid

    found = is_grid(config)
    if cells and not found:
        raise ConfigError(f"--cells: {config} describes one experiment, no grid")
    return found


def _is_study(config: Path, cells: list[str] | None) -> bool:
    from simulations.text.study import is_study

    return not cells and is_study(config)


def _load(config: Path, overrides: list[str] | None):  # type: ignore[no-untyped-def]  # keeps --help fast
    from fedser.config import load
    from simulations.experiment import Experiment

    return load(Experiment, config, overrides or ())


def main() -> None:
    """Entry point of the ``fedser`` script."""
    try:
        app()
    except FedserError as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        full = "; what is finished is kept, run again to resume" if error.errno == errno.ENOSPC else ""
        _fail(f"{error.filename or 'input or output'}: {error.strerror or error}{full}", FedserError.exit_code)


def _fail(message: str, code: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"fedser: {message}", style="red", markup=False)
    sys.exit(code)
