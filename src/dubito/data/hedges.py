"""What words of doubt say: phrases and the probability that readers hear in them.

Medians of the survey of probability words [fagenulmschneider2018] where it asked for the phrase;
the others by what stands next to them in it.
"""

from dubito.maths.strings import plain_words

PROBABILITIES = {
    "almost certain": 0.95,
    "almost certainly": 0.95,
    "highly likely": 0.9,
    "very likely": 0.9,
    "most likely": 0.85,
    "very good chance": 0.8,
    "quite sure": 0.85,
    "fairly sure": 0.8,
    "pretty sure": 0.8,
    "fairly certain": 0.8,
    "we believe": 0.75,
    "i believe": 0.75,
    "likely": 0.7,
    "probably": 0.7,
    "probable": 0.7,
    "presumably": 0.7,
    "i think": 0.7,
    "i would say": 0.7,
    "it seems": 0.65,
    "apparently": 0.65,
    "better than even": 0.6,
    "if i remember correctly": 0.6,
    "as far as i know": 0.6,
    "about even": 0.5,
    "maybe": 0.5,
    "perhaps": 0.5,
    "i guess": 0.5,
    "possibly": 0.4,
    "might": 0.4,
    "may be": 0.4,
    "may have": 0.4,
    "could be": 0.4,
    "could have been": 0.4,
    "not sure": 0.3,
    "not certain": 0.3,
    "unsure": 0.3,
    "uncertain": 0.3,
    "not entirely sure": 0.4,
    "hard to say": 0.3,
    "wild guess": 0.2,
    "probably not": 0.25,
    "i doubt": 0.2,
    "we doubt": 0.2,
    "unlikely": 0.2,
    "not likely": 0.2,
    "improbable": 0.1,
    "little chance": 0.1,
    "highly unlikely": 0.05,
    "almost no chance": 0.02,
    "i have no idea": 0.02,
    "i do not know": 0.02,
    "i don't know": 0.02,
}
HEARD = {tuple(plain_words(phrase)): p for phrase, p in PROBABILITIES.items()}
LONGEST = max(map(len, HEARD))


def hedges(text: str) -> list[float]:
    """The probabilities in (0, 1) that a text's phrases of doubt convey, in their order.

    At each word the longest phrase counts, so that *almost certainly* and *probably not* are
    read whole.
    """
    words = plain_words(text)
    found: list[float] = []
    at = 0
    while at < len(words):
        length = next(
            (n for n in range(LONGEST, 0, -1) if tuple(words[at : at + n]) in HEARD), None
        )
        if length is not None:
            found.append(HEARD[tuple(words[at : at + length])])
        at += length or 1
    return found
