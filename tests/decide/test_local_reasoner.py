"""A model of transformers writes what it would have written, asked in between or not."""

import math

import pytest
import torch

from dubito.decide.concise import Concise
from dubito.decide.local_reasoner import LocalReasoner
from models.tiny import tiny_local, tiny_tokenizer


@pytest.fixture(scope="module")
def local():
    found = tiny_local(tiny_tokenizer(words=(" yes", " no", "yes", "no", "True", "False")))
    object.__setattr__(found, "stop", frozenset({found.tokenizer.eos_token_id}))
    return found


def test_steps_are_ordinary_decoding_though_it_is_asked_in_between(local):
    reasoner = LocalReasoner(local, step_tokens=5)
    state, new = reasoner.begin("Why?"), 0
    start = len(state.ids)
    for _ in range(4):
        [written] = reasoner.go_on([state])
        before = reasoner.confidences([state, written.state])
        assert all(0 <= c <= 1 for c in before)
        state, new = written.state, new + written.tokens
    prompt = torch.tensor([state.ids[:start]])
    plain = local.model.generate(
        prompt, max_new_tokens=new, do_sample=False, pad_token_id=0,
        eos_token_id=local.tokenizer.eos_token_id,
    )  # fmt: skip
    assert list(state.ids) == plain[0].tolist()


def test_a_dropped_step_leaves_no_trace(local):
    reasoner = LocalReasoner(local, step_tokens=4)
    state = reasoner.go_on([reasoner.begin("Why?")])[0].state
    first = reasoner.go_on([state])[0]
    said = reasoner.say(state, "Surely ")
    other = reasoner.go_on([said.state])[0]
    again = reasoner.go_on([state])[0]
    assert again.text == first.text
    assert again.state.ids == first.state.ids
    fresh = reasoner.begin("Why?")
    alone = reasoner.go_on([type(fresh)(said.state.ids, type(fresh.past)())])[0]
    assert alone.state.ids == other.state.ids


def test_confidence_is_read_from_both_ways_to_write_a_word(local):
    """Second opinion: probabilities of one plain pass over the chain and the question."""
    reasoner = LocalReasoner(local, affirmative=("yes",), doubting=("no",), step_tokens=3)
    state = reasoner.go_on([reasoner.begin("Why?")])[0].state
    ids = [*state.ids, *reasoner.tokens(reasoner.probe)]
    with torch.no_grad():
        p = local.model(torch.tensor([ids])).logits[0, -1].double().softmax(dim=-1)
    vocabulary = local.tokenizer.get_vocab()
    yes, no = (sum(float(p[vocabulary[w]]) for w in (word, "Ġ" + word)) for word in ("yes", "no"))
    assert reasoner.confidences([state])[0] == pytest.approx(yes / (yes + no), rel=1e-4)
    mute = LocalReasoner(local, affirmative=("absolutely",), doubting=("never",))
    assert math.isnan(mute.confidences([state])[0])


def test_closing_words_lead_to_the_answer(local):
    reasoner = LocalReasoner(local, closing="So:", answer_tokens=6, step_tokens=3)
    state = reasoner.go_on([reasoner.begin("Why?")])[0].state
    [last] = reasoner.close([state])
    assert last.text.startswith("So:")
    assert last.ended
    assert len(last.state.ids) == len(state.ids) + last.tokens
    with pytest.raises(TypeError, match="a state"):
        reasoner.go_on(["text"])


def test_it_can_be_steered(local):
    reasoner = LocalReasoner(local, step_tokens=6, answer_tokens=4, closing="So:")
    chains = Concise(stop=0, steps=3)(reasoner, ["Why?", "How?"], lambda text: text or None)
    for chain in chains:
        assert chain.stopped or chain.ended
        assert len(chain.confidences) <= 1
        assert reasoner.probe.strip() not in chain.text
