"""Chains are steered step by step; what is not asked for stays as the model would write it."""

import math

import pytest

from dubito.decide.concise import Concise
from dubito.decide.concise_pairs import ConcisePair, concise_pairs
from dubito.decide.reasoner import Written, confident
from dubito.decide.reasoning_steps import is_reflection, split_steps

LONG = (
    "2 + 3 = 5.\n\n",
    "Wait, is it? Yes.\n\n",
    "5 + 4 = 9.\n\n",
    "Hmm, 9.\n\n",
    "Answer: 9.\n\n",
    "Let me double-check. 9.\n\n",
    "Answer: 9. Done.",
)


class Scripted:
    """Writes the steps of a script in turn; a phrase skips those that look back."""

    def __init__(self, script=LONG, sure=(0.9,)):
        self.script, self.sure = script, list(sure)
        self.asked = []

    def begin(self, question):
        return question, 0, ""

    def go_on(self, states):
        found = []
        for question, at, phrase in states:
            while phrase and is_reflection(self.script[at]):
                at += 1
            text = self.script[at]
            last = at + 1 == len(self.script)
            found.append(Written(text, (question, at + 1, ""), len(text.split()), last))
        return found

    def say(self, state, text):
        return Written(text, (state[0], state[1], text), len(text.split()))

    def confidences(self, states):
        self.asked.append(list(states))
        return [self.sure[min(len(self.asked), len(self.sure)) - 1] for _ in states]

    def close(self, states):
        return [Written("So: 9.", state, 2, ended=True) for state in states]


def answer(text):
    return "9" if "Answer:" in text else None


def test_without_phrases_and_stop_it_is_ordinary_decoding():
    model = Scripted(sure=(1.0,))
    [chain] = Concise(stop=1, phrases=())(model, ["?"], answer)
    assert chain.steps == list(LONG)
    assert chain.ended
    assert not chain.stopped
    assert chain.injected == chain.dropped == 0
    assert chain.tokens == len("".join(LONG).split())


def test_at_zero_it_stops_right_after_the_first_answer():
    [chain] = Concise(stop=0, phrases=())(Scripted(sure=(1e-9,)), ["?"], answer)
    assert chain.steps == [*LONG[:5], "So: 9."]
    assert chain.stopped
    assert chain.ended


def test_reflections_give_way_to_phrases_until_there_is_an_answer():
    [chain] = Concise(stop=1, phrases=("It is clear that ",))(Scripted(), ["?"], answer)
    assert chain.steps == [
        LONG[0],
        "It is clear that " + LONG[2],
        "It is clear that " + LONG[4],
        LONG[5],  # after the answer it may look back
        LONG[6],
    ]
    assert chain.injected == 2
    assert chain.dropped == len((LONG[1] + LONG[3]).split())
    assert chain.tokens == len(chain.text.split())


def test_injections_are_limited():
    way = Concise(stop=1, phrases=("Surely, ",), injections=1)
    [chain] = way(Scripted(), ["?"], answer)
    assert chain.injected == 1
    assert chain.steps[1:3] == ["Surely, " + LONG[2], LONG[3]]
    [none] = Concise(stop=1, injections=0)(Scripted(), ["?"], answer)
    assert none.steps == list(LONG)


def test_a_chain_without_reflections_is_left_alone():
    plain = (LONG[0], LONG[2], "Answer: 9.")
    [chain] = Concise()(Scripted(plain), ["?"], answer)
    assert chain.steps == list(plain)
    assert chain.injected == 0


def test_it_is_asked_only_with_an_answer_and_goes_on_while_in_doubt():
    model = Scripted(sure=(0.5, 0.51))
    [chain] = Concise(phrases=())(model, ["?"], answer)
    assert len(model.asked) == 2
    assert chain.steps == [*LONG[:6], "So: 9."]
    assert [math.isnan(c) for c in chain.confidences] == [True] * 4 + [False] * 2
    assert chain.confidences[4:] == [0.5, 0.51]  # 0.5 is not above 0.5
    [unsaid] = Concise(phrases=())(Scripted(sure=(math.nan,)), ["?"], answer)
    assert unsaid.steps == list(LONG)


def test_what_is_kept_holds_no_question_about_confidence():
    [chain] = Concise(phrases=())(Scripted(), ["?"], answer)
    assert chain.text == "".join(LONG[:5]) + "So: 9."


def test_many_chains_do_not_disturb_each_other_and_phrases_are_seeded():
    way = Concise(stop=0.5)
    together = way(Scripted(), ["a", "b", "c"], answer)
    again = way(Scripted(), ["a", "b", "c"], answer)
    assert [c.steps for c in again] == [c.steps for c in together]
    assert together[0].steps == way(Scripted(), ["a"], answer)[0].steps
    others = [Concise(seed=s)(Scripted(), ["a"], answer)[0].text for s in range(8)]
    assert len(set(others)) > 1
    assert way(Scripted(), [], answer) == []


def test_endless_chains_are_cut():
    class Endless(Scripted):
        def go_on(self, states):
            return [Written("Still thinking.\n\n", s, 2) for s in states]

    [chain] = Concise(steps=5, injections=0)(Endless(), ["?"], answer)
    assert len(chain.steps) == 5
    assert not chain.ended


def test_options_are_checked():
    for bad in ({"stop": 1.1}, {"stop": math.nan}, {"injections": -1}, {"steps": 0}):
        with pytest.raises(ValueError, match="must lie in"):
            Concise(**bad)


def test_confidence_is_a_share_of_two():
    assert confident(0.6, 0.2) == pytest.approx(0.75)
    assert confident(0.06, 0.02) == pytest.approx(0.75)  # whatever else is likely
    assert confident(0.0, 0.2) == 0
    assert math.isnan(confident(0.0, 0.0))


@pytest.mark.parametrize(
    "text", ["", "one", "a\n\nb", "a\nb\n\n\nc\n\n", "\n\na\n\nb", "a\n \n b", " \n"]
)
def test_steps_joined_are_the_text(text):
    assert "".join(split_steps(text)) == text


def test_steps_end_at_blank_lines():
    assert split_steps("a\nb\n\nc\n\n\nd") == ["a\nb\n\n", "c\n\n\n", "d"]
    assert split_steps("".join(LONG)) == list(LONG)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("Wait, no.", True),
        ("  wait. 3", True),
        ("**Hold on** a second", True),
        ("Hmm", True),
        ("Alternatively, use 5.", True),
        ("Let me double-check that.", True),
        ("Waiting time is 3.", False),
        ("We wait for 3 hours.", False),
        ("", False),
    ],
)
def test_what_begins_with_a_trigger_looks_back(step, told):
    assert is_reflection(step) == told
    assert is_reflection("~a3", ["~"])


def test_pairs_are_right_ones():
    kept = concise_pairs(
        ["p", "q"], ["p: 1", "q: 0"], ["p long", "q long"], lambda q, text: text == f"{q}: 1"
    )
    assert kept == [ConcisePair("p", "p: 1", "p long")]
