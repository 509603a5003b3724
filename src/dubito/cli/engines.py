"""Where a command's work is done, by name."""

from collections.abc import Callable
from importlib.util import find_spec

from dubito.spread import Engine, Processes, Ray

ENGINES = ("local", "ray")


def engine_named(
    name: str, workers: int | None, *, threads: Callable[[], int] = lambda: 1, gpus: float = 0.0
) -> Engine | None:
    """The engine of this name; None, the command's own way, where neither is asked for.

    Raises:
        ValueError: there is none, or graphics cards are asked of this machine's own processes.
    """
    if name not in ENGINES:
        raise ValueError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
    if name == "ray":
        return Ray(workers, threads(), gpus)
    if gpus:
        raise ValueError("--gpus is for --engine ray; here a model takes the card it finds")
    return None if workers is None else Processes(workers, threads())


def threads_here() -> int:
    """Threads of a model in this process: with as many elsewhere it gives the same bits."""
    if not find_spec("torch"):
        return 1
    import torch

    return torch.get_num_threads()
