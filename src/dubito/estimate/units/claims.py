"""The claims of an answer as a model lists them [min2023]: what is asked, how replies are read."""

from collections.abc import Callable

from dubito.data.listing import unmarked
from dubito.data.units import Unit
from dubito.estimate.units.splitting import sentence_units

Ask = Callable[[str], str]  # a request in, the model's reply out

REQUEST = """\
Break the sentence into the separate facts that it states. Write one fact on each line, as a short \
sentence that can be understood alone: names instead of "he" or "it". Add nothing that the \
sentence does not say. If it states no fact, write NONE.{context}
Sentence: {sentence}
Facts:"""


def claims_request(sentence: str, *, question: str = "") -> str:
    """What a model is asked, to list the claims of one sentence."""
    context = f"\nThe sentence is part of an answer to: {question}" if question else ""
    return REQUEST.format(context=context, sentence=sentence)


def listed_claims(reply: str) -> list[str]:
    """The claims of a reply, one a line, each once, without list marks; [] for NONE.

    A line that ends in a colon announces claims and is none.
    """
    lines = [line.strip() for line in unmarked(reply).splitlines()]
    told = [s for s in lines if any(c.isalnum() for c in s) and not s.endswith(":")]
    return [s for s in dict.fromkeys(told) if s.strip(".").upper() != "NONE"]


def claim_units(text: str, ask: Ask, *, question: str = "") -> list[Unit]:
    """The claims of each sentence by the model's listing, with the span of their sentence.

    One request a sentence. A sentence without a fact, such as a greeting, gives no unit.
    """
    return [
        Unit(claim, unit.start, unit.end)
        for unit in sentence_units(text)
        for claim in listed_claims(ask(claims_request(unit.text, question=question)))
    ]
