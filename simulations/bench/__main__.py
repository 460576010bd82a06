"""``make bench`` and ``python -m simulations.bench``."""

import sys

import typer
from rich.console import Console

from fedser.errors import FedserError
from simulations.bench.command import bench

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
app.command()(bench)


def main() -> None:
    """Run the bench; a mistake in the options ends with its message and exit code 2."""
    try:
        app()
    except FedserError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"bench: {error}", style="red", markup=False)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
