"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", help="smollm2, a folder, a Hugging Face id, or openai:<model>@<base_url>"
    ),
]
Samples = Annotated[int, typer.Option("--samples", "-k", min=0, help="answers drawn a question")]
Temperature = Annotated[float, typer.Option(help="of the drawn answers")]
MaxTokens = Annotated[int, typer.Option(min=1, help="longest answer in tokens")]
Seed = Annotated[int, typer.Option(help="of questions and draws")]
Names = Annotated[
    str | None,
    typer.Option(
        "--estimators",
        "-e",
        help="ids with commas between them, or all; default: all but those that read layers",
    ),
]
Nli = Annotated[
    str | None,
    typer.Option(help="a Hugging Face cross-encoder that judges meaning; default: words + MiniLM"),
]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]
Data = Annotated[
    str,
    typer.Option(
        "--data", "-d", help="facts, arithmetic, unanswerable, ambiguous, or a .jsonl/.csv file"
    ),
]
Count = Annotated[int | None, typer.Option("--n", "-n", min=1, help="questions; a file: all")]
Out = Annotated[Path, typer.Option("--out", "-o", help="folder of the run; kept and resumed")]
EngineName = Annotated[
    str,
    typer.Option("--engine", help="local (this machine) or ray (a cluster; see RAY_ADDRESS)"),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="how many work side by side; default: 2 for claims, else 1; ray: all"),
]
Gpus = Annotated[
    float, typer.Option(min=0, help="with ray: graphics cards for each worker; 0.5 shares one")
]


def names_of(text: str | None) -> list[str] | None:
    """The ids of a list with commas; None where none is given."""
    return None if text is None else [n.strip() for n in text.split(",") if n.strip()]
