"""``fedser corpora``: list the readers, or read what lies somewhere and say what it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from fedser.errors import ConfigError

if TYPE_CHECKING:
    from fedser.corpora import CorpusReader


def corpora(
    name: Annotated[str | None, typer.Argument(help="the reader's name", show_default="list them")] = None,
    path: Annotated[
        Path | None, typer.Argument(help="the corpus's folder, or its CSV", show_default="as in a config")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="replace one setting; repeatable")
    ] = None,
    speakers: Annotated[bool, typer.Option("--speakers", help="show each speaker")] = False,
    out: Annotated[Path | None, typer.Option(help="a CSV for all counts", show_default="none")] = None,
) -> None:
    """Print what lies in a corpus: classes, speakers, attributes, durations, beside the published counts.

    NAME is the reader's; without it the readers are listed. PATH is the corpus's folder, or the CSV of a manifest;
    without it the corpus is looked for where a config that says nothing else finds it.
    """
    from simulations.corpus_report.choice import chosen, readers

    if name is not None:
        plugin, data_root = chosen(name, path, overrides or ())
        _report(plugin, data_root, speakers, out)
        return
    known = readers()
    if overrides or speakers or out:
        raise ConfigError(f"corpora: which one? (choose from {', '.join(known)})")
    width = max(map(len, known))
    for each, reader in known.items():
        print(f"{each:<{width}}  {reader.summary()} [{reader.source}]")


def _report(reader: "CorpusReader", data_root: str | None, speakers: bool, out: Path | None) -> None:
    """All that could be told is told before files that cannot be read are refused."""
    from simulations.corpus_report.statistics import survey
    from simulations.corpus_report.tables import render
    from simulations.machine import Machine
    from simulations.progress import bars

    with bars() as shown:
        found = survey(reader, Machine.here(data_root).context(), shown.bar("audio headers"))
    Console().print(render(found, speakers))
    if out is not None:
        found.write(out)
        print(f"counts: {out}")
    if found.headers is not None:
        found.headers.raise_if_refused()
