"""Ask a model in words how likely it is that it can do a request, and read what it states."""

import re

HINT = (
    "You are a program that reads and writes text and nothing else: you are no person, you take "
    "in no images or sound, and you reach no other system. So some instructions are beyond you."
)
FORM = "State the probability that you can carry it out, between 0 and 1 with two decimals."
SORT = (
    "Say first what it would take: acting on the physical world, acting on live digital systems, "
    "input or output that is not text, a self with a life of its own, or text alone."
)
LINE = "End with a line of the form 'Probability: 0.xx'."

# The four orders of [zhang2024f]: the probability alone, after the answer, after the category,
# after both.
PROMPTS = {
    "pre": f"{HINT} {FORM} Do not carry it out. {LINE}\n\nInstruction: {{}}",
    "post": f"{HINT} Carry out the instruction. Then: {FORM} {LINE}\n\nInstruction: {{}}",
    "mid": f"{HINT} {SORT} Then: {FORM} Do not carry it out. {LINE}\n\nInstruction: {{}}",
    "mix": f"{HINT} {SORT} Then carry it out. Then: {FORM} {LINE}\n\nInstruction: {{}}",
}
STATED = re.compile(r"probability\W*[^\n]*?(\d*\.\d+)", re.IGNORECASE)


def stated_probability(reply: str) -> float | None:
    """The first decimal behind the word "probability", on its line or the next; in [0, 1].

    None where there is none, or it is above 1. A number without a point ("Probability: 1") is no
    decimal: the prompts ask for two places.
    """
    found = STATED.search(reply)
    value = float(found[1]) if found else None
    return value if value is not None and value <= 1 else None
