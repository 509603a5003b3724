"""One spelling for what people write in many."""

import re
import unicodedata

ARTICLES = frozenset({"a", "an", "the"})
# letters that Unicode does not decompose into a base letter and a mark
WHOLE = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "`": "'",
    }
)  # fmt: skip
POSSESSIVE = re.compile(r"'s\b")
INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
WORD = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)|[^\W_]+")


def words(text: str) -> list[str]:
    """The words: lower case, without accents, apostrophes, punctuation and articles.

    Numbers stay whole ("-3.5", "1,200" as "1200"), initials are one word ("D.C." as "dc"), a
    possessive loses its s. Articles stay where there is nothing else.
    """
    # twice, since a sign may decompose into capitals, and a capital into a letter and a mark
    folded = unicodedata.normalize("NFKD", text).casefold().translate(WHOLE)
    plain = unicodedata.normalize("NFKD", folded)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = POSSESSIVE.sub("", plain).replace("'", "")
    plain = INITIALS.sub(lambda match: match[0].replace(".", "").replace(" ", "") + " ", plain)
    every = WORD.findall(THOUSANDS.sub("", plain))
    return [word for word in every if word not in ARTICLES] or every


def normalise(text: str) -> str:
    """The words of the text, one space between them; texts that differ in dress alone are equal."""
    return " ".join(words(text))
