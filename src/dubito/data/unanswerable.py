"""Questions that nobody can answer, and questions that first need a question back, by rule."""

from collections.abc import Callable, Sequence
from random import Random

from dubito.data.corrections import NO_LONELY_ISLAND
from dubito.data.countries import states
from dubito.data.question import Question
from dubito.data.wording import ASK

Rule = Callable[[Random], Question]

TRIES = 50  # for each question, before the rules have run dry

STEMS = ("Vald", "Zorb", "Quel", "Marv", "Tresk", "Ostr", "Fenl", "Drax", "Ulth", "Brev", "Kesp")
MIDDLES = ("or", "en", "ar", "im", "un", "av", "ist")
ENDS = ("ia", "istan", "ovia", "land", "esh", "una")

ON_AN_ISLAND = (
    "no land border", "no land borders", "does not border", "doesn't border", "does not share",
    "doesn't share", "no countries", "no country", "no neighbouring", "no neighboring",
    "is an island",
)  # fmt: skip

FUTURE = (
    "Who won the football World Cup of {}?",
    "Which city hosted the Summer Olympic Games of {}?",
    "Who won the Nobel Prize in Physics in {}?",
    "What was the population of the world in {}?",
    "Who was the president of the United States in {}?",
)

NAMESAKES = {
    "Congo": ("capital", "two countries"),
    "Korea": ("capital", "two countries"),
    "Georgia": ("capital", "a country and a state of the USA"),
    "the Virgin Islands": ("capital", "a British and an American territory"),
    "Saint Martin": ("capital", "a French and a Dutch part of one island"),
}
PLACES = ("Springfield", "Georgetown", "Santiago", "Victoria", "Kingston", "Alexandria", "Córdoba")
ABOUT_PLACES = (
    "What is the population of {}?",
    "In which year was {} founded?",
    "How far is it to {}?",
    "What is the postal code of {}?",
)

PERSONS = ("he", "she")
THINGS = ("it", "that one", "the other one", "this one")
ABOUT_SOMETHING = (
    ("How tall is {}?", PERSONS + THINGS),
    ("How old is {}?", PERSONS + THINGS),
    ("Where does {} come from?", PERSONS + THINGS),
    ("How much does {} weigh?", PERSONS + THINGS),
    ("When was {} born?", PERSONS),
    ("Where did {} go to school?", PERSONS),
    ("What colour is {}?", THINGS),
    ("How far away is {}?", THINGS),
    ("Who made {}?", THINGS),
)


def invented(random: Random) -> Question:
    """A fact about a country that does not exist."""
    name = random.choice(STEMS) + random.choice(MIDDLES) + random.choice(ENDS)
    kind = random.choice(("capital", "currency", "language", "continent", "border"))
    return decline(ASK[kind].format(name), "invented", f"there is no country {name}")


def island(random: Random) -> Question:
    """A land border of a country that has none; saying so is right."""
    lonely = [c for c in states() if not c.borders and c.code not in NO_LONELY_ISLAND]
    name = random.choice(lonely).spoken
    wording = random.choice((ASK["border"], "Which country shares a land border with {}?"))
    return decline(wording.format(name), "island", f"{name} has no land border", ON_AN_ISLAND)


def future(random: Random) -> Question:
    """An event of a year that is far ahead."""
    year = random.randrange(2060, 2200)
    return decline(random.choice(FUTURE).format(year), "future", f"{year} has not come yet")


def namesake(random: Random) -> Question:
    """Something about a name that several places bear."""
    if random.random() < 0.25:
        name = random.choice(list(NAMESAKES))
        kind, bearers = NAMESAKES[name]
        return decline(ASK[kind].format(name), "namesake", f"{name} may be {bearers}")
    name = random.choice(PLACES)
    text = random.choice(ABOUT_PLACES).format(name)
    return decline(text, "namesake", f"several places are called {name}")


def pronoun(random: Random) -> Question:
    """Something about a thing that was never named."""
    wording, things = random.choice(ABOUT_SOMETHING)
    thing = random.choice(things)
    return decline(wording.format(thing), "pronoun", f"nothing says what {thing!r} is")


def decline(text: str, kind: str, reason: str, answers: tuple[str, ...] = ()) -> Question:
    """A question that is rightly answered by declining, or by one of these phrases."""
    return Question(text, answers, kind, answerable=False, reason=reason)


def unanswerable(
    n: int, *, seed: int = 0, rules: Sequence[Rule] = (invented, island, future)
) -> list[Question]:
    """n different questions without an answer; the rules take turns; same seed, same list."""
    return by_rule(n, rules, seed)


def ambiguous(
    n: int, *, seed: int = 0, rules: Sequence[Rule] = (namesake, pronoun)
) -> list[Question]:
    """n different questions that leave open what is meant; the rules take turns."""
    return by_rule(n, rules, seed)


def by_rule(n: int, rules: Sequence[Rule], seed: int) -> list[Question]:
    """n different questions, the rules in turn; a rule that runs dry is passed over.

    Raises:
        ValueError: the rules cannot make n different questions.
    """
    random = Random(seed)
    made: dict[str, Question] = {}
    for turn in range(TRIES * n):
        if len(made) == n:
            break
        question = rules[turn % len(rules)](random)
        made.setdefault(question.text, question)
    if len(made) < n or n < 1:
        raise ValueError(f"n must be from 1 to about {len(made)} for these rules, got {n}")
    return list(made.values())
