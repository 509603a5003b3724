"""A model of transformers that thinks step by step and can be asked how sure it is [qiao2025].

Differs: the question and the words that answer it are our completion.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from dubito.decide.reasoner import Written, confident
from dubito.models.local import LocalModel

PROBE = "\n\nAm I sure that this answer is right, yes or no?"
AFFIRMATIVE = ("yes", "sure", "confident", "certain")
DOUBTING = ("no", "unsure", "not", "maybe")


@dataclass(frozen=True, slots=True, eq=False)
class Thought:
    """A chain so far: its tokens, and the cache of all but those not read yet."""

    ids: tuple[int, ...]
    past: DynamicCache


@dataclass(frozen=True, eq=False)
class LocalReasoner:
    """Greedy steps that end with a blank line, of a model loaded with `dubito.load`.

    `closing` ends the thinking section; of a model without one give words that lead to the answer.
    Confidence is the share of `affirmative` among all words of either list, whichever way a single
    token of the model writes them, with or without a space before.
    """

    local: LocalModel
    closing: str = "</think>\n\n"
    probe: str = PROBE
    affirmative: Sequence[str] = AFFIRMATIVE
    doubting: Sequence[str] = DOUBTING
    step_tokens: int = 256
    answer_tokens: int = 256

    def begin(self, question: str) -> Thought:
        """The question in the model's chat format."""
        return Thought(tuple(self.local.chat.ids(question)), DynamicCache())

    def say(self, state: object, text: str) -> Written:
        """The chain with words put in; they are read with the next step."""
        thought, ids = thinking(state), self.tokens(text)
        return Written(text, Thought(thought.ids + tuple(ids), thought.past), len(ids))

    def go_on(self, states: Sequence[object]) -> list[Written]:
        """The next step of each."""
        return [self.step(thinking(s), limit=self.step_tokens, until="\n\n") for s in states]

    def close(self, states: Sequence[object]) -> list[Written]:
        """The closing words and what the model answers after them."""
        found = []
        for state in states:
            said = self.say(state, self.closing)
            last = self.step(thinking(said.state), limit=self.answer_tokens, until="")
            text, size = said.text + last.text, said.tokens + last.tokens
            found.append(Written(text, last.state, size, ended=True))
        return found

    def confidences(self, states: Sequence[object]) -> list[float]:
        """How sure it says it is, each asked on a copy of its cache."""
        vocabulary = self.local.vocabulary
        sides = [
            sorted({i for word in words for i in vocabulary.spellings(word)})
            for words in (self.affirmative, self.doubting)
        ]
        found = []
        for state in states:
            asked = thinking(self.say(state, self.probe).state)
            p = self.read(asked.ids, deepcopy(asked.past)).double().softmax(dim=-1)  # [V]
            found.append(confident(*(float(p[ids].sum()) for ids in sides)))
        return found

    def step(self, thought: Thought, *, limit: int, until: str) -> Written:
        """Greedy tokens up to a text that ends so, the model's end, or a limit."""
        past, new, text = deepcopy(thought.past), [], ""  # the state before stays as it is
        while len(new) < limit:
            new.append(int(self.read((*thought.ids, *new), past).argmax()))
            if new[-1] in self.local.stop:
                break
            text = self.written(new)
            if until and text.strip() and text.endswith(until):
                break
        ended = new[-1] in self.local.stop
        return Written(text, Thought((*thought.ids, *new), past), len(new), ended)

    @torch.inference_mode()
    def read(self, ids: Sequence[int], past: DynamicCache) -> Tensor:
        """Logits [V] after these tokens; the cache takes in those that it does not hold yet."""
        model: Any = self.local.model
        asked = torch.tensor([ids[past.get_seq_length() :]], device=model.device)
        out = model(input_ids=asked, past_key_values=past, use_cache=True, logits_to_keep=1)
        return out.logits[0, -1]

    def tokens(self, text: str) -> list[int]:
        """Token ids of words put in."""
        return self.local.tokenizer(text, add_special_tokens=False).input_ids

    def written(self, ids: Sequence[int]) -> str:
        """What tokens write."""
        return self.local.tokenizer.decode(list(ids), skip_special_tokens=True)


def thinking(state: object) -> Thought:
    """A state of this reasoner."""
    if not isinstance(state, Thought):
        raise TypeError(f"a state that this reasoner made is needed, got {type(state).__name__}")
    return state
