"""dubito stream: an answer as it is written, with the doubt so far; stops when it is too high."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from dubito.cli.options import Json, MaxTokens, Model


def stream(
    question: Annotated[str, typer.Argument(help="what to ask")],
    model: Model = "smollm2",
    estimator: Annotated[
        str, typer.Option("--estimator", "-e", help="one that reads tokens alone")
    ] = "max-token-entropy",
    stop_above: Annotated[
        float | None, typer.Option(help="stop writing once the doubt is above this")
    ] = None,
    max_tokens: MaxTokens = 32,
    as_json: Json = False,
) -> None:
    """Write an answer token by token beside the doubt so far; with --stop-above stop early."""
    from dubito.catalogue import estimators
    from dubito.estimate.running import check_streams, running
    from dubito.models import load
    from dubito.models.base import Generation
    from dubito.models.local import LocalModel

    using = estimators([estimator])
    check_streams(using)
    lm = load(model)
    if not isinstance(lm, LocalModel):
        raise ValueError(f"{model!r} is a server, which is not streamed yet; use `dubito ask`")
    plan = using[estimator].plan
    console = Console()
    written = lm.stream(question, plan, Generation(max_tokens=max_tokens))
    for token in running(written, using):
        doubt = token.scores[estimator].doubt
        if as_json:
            typer.echo(json.dumps({"token": token.text, "doubt": doubt}))
        else:
            console.print(Text.assemble((f"{doubt:8.3f}  ", "cyan"), repr(token.text)))
        if stop_above is not None and doubt > stop_above:
            typer.echo(f"stopped: {estimator} {doubt:.3f} is above {stop_above:g}", err=True)
            break
