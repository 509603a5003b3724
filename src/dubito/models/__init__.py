"""Text in, evidence out."""

import difflib
from pathlib import Path

from dubito.extras import require
from dubito.models.base import Generation, LanguageModel, ModelError
from dubito.models.stored import evidence_from_response, evidence_from_texts

__all__ = [
    "Generation",
    "LanguageModel",
    "ModelError",
    "evidence_from_response",
    "evidence_from_texts",
    "load",
]

EMBEDDED = "smollm2"


def load(spec: str = EMBEDDED) -> LanguageModel:
    """A language model.

    Args:
        spec: "smollm2", the embedded default (fetched once, a minute); a Hugging Face id or a
            local folder; or "openai:<model>@<base_url>" for any OpenAI-compatible server.

    Raises:
        ModelError: unknown, unreachable or not a causal language model.
        MissingExtra: a local model without the extra `hf`.
    """
    if spec.startswith("openai:"):
        return load_server(spec)
    require("torch", extra="hf")
    require("transformers", extra="hf")
    from dubito.models.embedded import SMOLLM2, folder_of
    from dubito.models.local import load_local

    if spec == EMBEDDED:
        return load_local(spec, folder_of(SMOLLM2))
    if not Path(spec).exists() and difflib.get_close_matches(spec.lower(), [EMBEDDED], cutoff=0.6):
        raise ModelError(f"no model {spec!r}; did you mean {EMBEDDED!r}?")
    return load_local(spec, spec)


def load_server(spec: str) -> LanguageModel:
    """The client for a spec like openai:gpt-4o-mini@https://api.openai.com/v1."""
    from dubito.models.openai import OpenAIModel

    model, at, url = spec.removeprefix("openai:").rpartition("@")
    if not (model and at and url.startswith(("http://", "https://"))):
        raise ModelError(f"{spec!r} is not of the form openai:<model>@http(s)://<host>/v1")
    return OpenAIModel(model, url)
