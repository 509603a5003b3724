"""dubito doctor: what is there, what is missing and how to get it."""

import platform
from importlib.metadata import PackageNotFoundError, version

import typer
from rich.console import Console
from rich.markup import escape

from dubito import __version__
from dubito.cli.options import Model

PACKAGES = {
    "hf": ("torch", "transformers", "safetensors", "gguf", "accelerate"),
    "calibrate": ("scikit-learn",),
    "facts": ("countryinfo", "pycountry"),
    "report": ("matplotlib", "jinja2"),
    "retrieve": ("bm25s", "faiss-cpu"),
    "serve": ("fastapi", "uvicorn", "sqlalchemy", "prometheus-client"),
    "train": ("peft", "datasets", "trl", "torchjd"),
    "ray": ("ray",),
}
TOLERANCE = 1e-3  # nats between a question asked alone and among others, in float32


def doctor(model: Model = "smollm2", quick: bool = typer.Option(False, help="no model")) -> None:
    """Look at the environment, load the model, and check that a batch answers like one alone."""
    console = Console(highlight=False)
    console.print(f"dubito {__version__}, Python {platform.python_version()}, {platform.machine()}")
    for extra, packages in PACKAGES.items():
        found = {p: installed(p) for p in packages}
        lacking = [p for p, v in found.items() if v is None]
        told = ", ".join(f"{p} {v}" for p, v in found.items() if v)
        install = escape(f"pip install 'dubito[{extra}]'")
        mend = f"[yellow]missing {', '.join(lacking)}: {install}[/]"
        state = mend if lacking else "[green]ok[/]"
        console.print(f"  {extra:10} {told} {state}", soft_wrap=True)
    if quick:
        return
    from dubito.cli.setting_up import collector_for
    from dubito.evidence import Plan
    from dubito.models.base import Generation

    collect = collector_for(model, None, Console(stderr=True))
    questions = [f"What is the capital of {c}?" for c in ("Peru", "France", "Ghana", "Nepal")]
    plan, generation = Plan(logprobs=True), Generation(max_tokens=8)
    together = collect(questions, plan, generation)
    alone = [collect([q], plan, generation)[0] for q in questions]
    same = sum(a.answer.text == b.answer.text for a, b in zip(together, alone, strict=True))
    console.print(f"  model      {model}: {together[0].answer.text.strip()!r}")
    console.print(f"  batching   {same} of {len(questions)} answers equal alone and in a batch")
    if together[0].answer.logprobs is None:
        console.print("  [yellow]no log-probs:[/] " + together[0].missing.get("logprobs", ""))


def installed(package: str) -> str | None:
    """Its version, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
