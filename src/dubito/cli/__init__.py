"""The doors of the command line."""

import os
import sys

import typer
from rich.console import Console
from rich.markup import escape

from dubito.cli.advise import advise
from dubito.cli.ask import ask
from dubito.cli.bench import bench
from dubito.cli.claims import claims
from dubito.cli.collect import collect
from dubito.cli.doctor import doctor
from dubito.cli.guard import guard
from dubito.cli.methods import methods
from dubito.cli.score import score
from dubito.cli.serve import serve
from dubito.cli.stream import stream
from dubito.extras import MissingExtra
from dubito.models.base import ModelError

app = typer.Typer(
    help="The doubt of language models: measure it, calibrate it, act on it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(ask)
app.command()(stream)
app.command()(bench)
app.command()(collect)
app.command()(score)
app.command()(serve)
app.add_typer(guard, name="guard", no_args_is_help=True)
app.add_typer(methods, name="methods")
app.add_typer(claims, name="claims")
app.command()(advise)
app.command()(doctor)


def main() -> None:
    """Run the program; what the user can mend is told in a line, everything else as a traceback."""
    # Threads that wait for each other by spinning are slow as soon as a core is shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except (ModelError, MissingExtra, ValueError, OSError) as error:
        if os.environ.get("DUBITO_DEBUG"):
            raise
        told = f"[bold red]error:[/] {escape(str(error))}"
        Console(stderr=True).print(told, highlight=False, soft_wrap=True)
        sys.exit(1)
