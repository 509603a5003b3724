"""Does a reply decline? A short list of the words in which models say that they cannot answer."""

from dubito.data.normalise import normalise

NOT_KNOWN = (
    "i don't know",
    "i do not know",
    "i'm not sure",
    "i am not sure",
    "not aware of",
    "unable to",
    "cannot answer",
    "can't answer",
    "cannot provide",
    "can't provide",
    "cannot determine",
    "cannot be determined",
    "can't be determined",
    "don't have information",
    "do not have information",
    "don't have any information",
    "do not have any information",
    "don't have access",
    "do not have access",
    "no information",
    "not enough information",
    "is unknown",
    "is not known",
    "couldn't find",
    "could not find",
)
NOT_THERE = (
    "no such",
    "there is no",
    "there are no",
    "does not exist",
    "doesn't exist",
    "do not exist",
    "not exist",
    "not a real",
    "not a country",
    "is fictional",
    "a fictional",
    "fictitious",
    "imaginary",
    "has not happened",
    "hasn't happened",
    "not yet",
    "in the future",
    "cannot predict",
    "can't predict",
    "impossible to predict",
)
ASKS_BACK = (
    "do you mean",
    "did you mean",
    "are you referring",
    "are you asking",
    "could you clarify",
    "can you clarify",
    "please clarify",
    "please specify",
    "could you specify",
    "please provide",
    "could you provide",
    "more context",
    "more information",
    "more specific",
    "ambiguous",
    "it depends",
    "depends on which",
    "could refer to",
    "can refer to",
    "may refer to",
    "more than one",
)
REFUSALS = tuple(f" {normalise(phrase)} " for phrase in (*NOT_KNOWN, *NOT_THERE, *ASKS_BACK))


def declines(reply: str) -> bool:
    """Whether the reply says that it does not know, that there is no such thing, or asks back."""
    plain = f" {normalise(reply)} "
    return any(phrase in plain for phrase in REFUSALS)
