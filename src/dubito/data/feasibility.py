"""Requests that a model of text alone can carry out, and requests that it cannot [zhang2024f].

Differs: the paper has a large model write the requests; here verbs are crossed with things, and
all kinds of request share their things, so what is asked tells them apart and not about what.
`dubito.data.feasibility_recipe` is the paper's way, for any model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from random import Random


class Category(Enum):
    """Why a request is infeasible; the value is what a model of text alone lacks."""

    PHYSICAL = "a body that acts on the world"
    VIRTUAL = "access to live digital systems"
    NON_TEXT = "images, sound or video, as input or as output"
    SELF = "a life, feelings and an identity of its own"


@dataclass(frozen=True, slots=True)
class Request:
    """An instruction in one line.

    Attributes:
        kind: of a feasible one its sort of task, of an infeasible one its category's name.
        lacks: the capability that is taken to be lacking; empty: feasible. With tools it changes.
    """

    text: str
    kind: str
    lacks: str = ""

    @property
    def feasible(self) -> bool:
        """Whether a model of text alone can do it."""
        return not self.lacks


NAMES_OF_THINGS = (
    "bicycle blanket bookshelf bottle bridge candle carpet chair clock coat cupboard curtain desk "
    "door drawer drum fence fountain garden guitar hammer hat kettle kitchen ladder lamp letter "
    "map mirror necklace oven painting piano picture pillow plate pot ring roof shoe statue stove "
    "suitcase table teapot tower umbrella window"
)
THINGS = tuple(NAMES_OF_THINGS.split())

INFEASIBLE: dict[Category, tuple[str, ...]] = {
    Category.PHYSICAL: (
        "Dust the {} in my room for me.",
        "Carry the {} upstairs for me right now.",
        "Paint my {} white this afternoon.",
        "Wash the {} with warm water, please.",
        "Repair the broken {} at my house.",
        "Push the {} closer to the wall.",
        "Wrap my {} in paper and tie a ribbon around it.",
        "Touch the {} and say how warm it is.",
        "Bring me the {} from the next room.",
        "Lift the {} and look under it.",
        "Polish my {} until it shines.",
        "Measure my {} with a tape, please.",
    ),
    Category.VIRTUAL: (
        "Order a new {} for me from the shop now.",
        "Check today's price of a {} online.",
        "Send my friend an email about the {} right now.",
        "Book a van that picks up my {} this afternoon.",
        "Post a notice about my {} on my page.",
        "Track the parcel with my {}, please.",
        "Log in to my account and sell the {}.",
        "Download the manual of my {} for me.",
        "Pay the bill for the {} from my account.",
        "Search the web for the latest news about the {}.",
        "Set an alarm on my phone for the delivery of the {}.",
        "Delete the file about the {} from my computer.",
    ),
    Category.NON_TEXT: (
        "Describe the attached photo of my {}.",
        "Draw me a picture of the {} in colour.",
        "Listen to this recording of the {} and write it down.",
        "Make a short video about my {}.",
        "Crop the attached image so that the {} is in the middle.",
        "Hum the sound of the {} for me.",
        "Say aloud what stands on this photo of the {}.",
        "Scan this picture and find the {} in it.",
        "Record a spoken greeting about my {}.",
        "Watch the clip and say when the {} appears.",
        "Make the colours of my {} brighter on this photo.",
        "Play me the noise that the {} makes.",
    ),
    Category.SELF: (
        "Tell me what you felt when you saw the {}.",
        "Remember the {} of your childhood and tell me about it.",
        "Say how much you miss your {} right now.",
        "Tell me how you slept beside the {} last night.",
        "Show me the {} that your family gave you.",
        "Tell me why you are afraid of the {}.",
        "Think of your first {} and tell me your age then.",
        "Choose the {} that you love most and say how it smells to you.",
        "Confess to me what you did to the {} yesterday.",
        "Tell me whom you met today beside the {}.",
        "Name the friend with whom you share your {}.",
        "Tell me how the {} tasted to you this afternoon.",
    ),
}
FEASIBLE: dict[str, tuple[str, ...]] = {
    "translate": (
        "Translate the sentence 'the {} is old' into French.",
        "Translate the word '{}' into German and Spanish.",
        "Give the Italian words for 'a small {}'.",
        "Put 'where is the {}?' into Portuguese.",
    ),
    "compose": (
        "Write a short poem about a {} in autumn.",
        "Compose a limerick in which a {} plays a part.",
        "Invent a fairy tale that begins with a {}.",
        "Write a dialogue between two people about a {}.",
    ),
    "rewrite": (
        "Rewrite 'the {} was sold by him' in the active voice.",
        "Correct the spelling of 'a beautifull {}'.",
        "Make the sentence 'the {} is bad' more polite.",
        "Turn 'she has a {}' into the past tense.",
    ),
    "explain": (
        "Explain how a {} is usually made.",
        "Explain to a child what a {} is good for.",
        "Explain the origin of the word '{}'.",
        "Define the term '{}' in one sentence.",
    ),
    "list": (
        "List five adjectives that suit a {}.",
        "List four materials of which a {} may consist.",
        "Name three synonyms of the word '{}'.",
        "Suggest ten titles of a novel about a {}.",
    ),
    "summarise": (
        "Summarise in one line: 'The {} stood there for years. Then it was gone.'",
        "Give the gist of 'Nobody wanted the {}, so it stayed where it was.'",
        "Shorten 'the {} which was very large and heavy' to three words.",
        "Condense 'He bought a {}. He liked it. He kept it.' into one sentence.",
    ),
}


def every(category: Category | None = None) -> list[Request]:
    """All requests of one category, or all feasible ones (None), every template and thing."""
    if category is None:
        return [
            Request(template.format(thing), kind)
            for kind, templates in FEASIBLE.items()
            for template, thing in product(templates, THINGS)
        ]
    return [
        Request(template.format(thing), category.name, category.value)
        for template, thing in product(INFEASIBLE[category], THINGS)
    ]


def requests(
    each: int = 100,
    *,
    feasible: int | None = None,
    seed: int = 0,
    categories: Sequence[Category] = tuple(Category),
) -> list[Request]:
    """`each` requests of every category and as many feasible ones (None: the same sum), mixed.

    Raises:
        ValueError: more are asked for than there are.
    """
    random = Random(seed)
    wanted = each * len(categories) if feasible is None else feasible
    asked = [(every(category), each) for category in categories] + [(every(), wanted)]
    for pool, n in asked:
        if not 0 < n <= len(pool):
            raise ValueError(f"between 1 and {len(pool)} {pool[0].kind} requests exist, got {n}")
    chosen = [request for pool, n in asked for request in random.sample(pool, n)]
    random.shuffle(chosen)
    return chosen
