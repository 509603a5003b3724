"""dubito serve: an OpenAI-compatible server that tells how far to trust its answers."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dubito.cli.options import Names, names_of


def serve(
    upstream: Annotated[
        str | None, typer.Option(help="base address of an OpenAI-compatible server, .../v1")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="a local model, or the upstream's name for its own"),
    ] = None,
    guard: Annotated[Path | None, typer.Option(help="folder of dubito guard fit")] = None,
    escalate_to: Annotated[
        str | None, typer.Option(help="model that the guard escalates to, as for --model of ask")
    ] = None,
    names: Names = None,
    samples: Annotated[
        int | None, typer.Option("--samples", "-k", min=0, help="answers drawn a question")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="made by dubito bench --save-calibration")
    ] = None,
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8008,
    records: Annotated[
        str, typer.Option(help="database URL; none keeps nothing")
    ] = "sqlite:///dubito-records.db",
    log_prompts: Annotated[
        bool, typer.Option("--log-prompts", help="keep questions and answers, not only digests")
    ] = False,
    in_flight: Annotated[int, typer.Option(min=1, help="requests answered at a time")] = 64,
    waiting: Annotated[int, typer.Option(min=0, help="more that may wait; others get 429")] = 256,
    timeout: Annotated[float, typer.Option(help="seconds an upstream may be silent")] = 60.0,
) -> None:
    """Answer like OpenAI, with confidence, doubt and an action in each answer; a page at /.

    DUBITO_API_KEY in the environment: clients need this key. OPENAI_API_KEY: the upstream's.
    """
    from dubito.cli.setting_up import quieten
    from dubito.extras import require

    for package in ("fastapi", "uvicorn", "sqlalchemy", "prometheus_client"):
        require(package, extra="serve")
    from dubito.serve.records import Records
    from dubito.serve.running import run
    from dubito.serve.settings import Settings, Upstream
    from dubito.serve.starting import Start

    quieten()
    settings = Settings(
        records=None if records == "none" else records,
        log_prompts=log_prompts,
        in_flight=in_flight,
        waiting=waiting,
    )
    start = Start(
        upstream=Upstream(upstream, timeout=timeout) if upstream else None,
        model=model,
        guard=guard,
        escalate_to=escalate_to,
        names=tuple(names_of(names) or ()) or None,
        samples=samples,
        calibration=calibration,
    )
    console = Console(stderr=True)
    with console.status(f"loading {guard or upstream or model or 'smollm2'}"):
        backend = start.backend()
    if settings.records:
        Records(settings.records).close()  # what cannot be kept is said before anybody asks
    console.print(f"a page and an API at http://{host}:{port}/ (stop with Ctrl-C)")
    run(backend, settings, host=host, port=port)
