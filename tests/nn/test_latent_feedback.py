import copy

import pytest
import torch

from dubito.decide.latent_scorer import StepScorer
from dubito.decide.latents import DropoutNoise, GaussianNoise, LatentReasoner, draw
from dubito.nn.latent_feedback import FedBack, LatentStates


@pytest.fixture(scope="module")
def model():
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = GPT2Config(vocab_size=17, n_positions=16, n_embd=8, n_layer=2, n_head=2)
        return GPT2LMHeadModel(config).eval()


def test_the_last_state_is_fed_back(model) -> None:
    """By hand: states of the prompt; the last of them as the fourth embedding; its state."""
    prompt = torch.tensor([[3, 1, 4], [1, 5, 9]])
    step = FedBack(model)
    with torch.no_grad():
        first = step(prompt, torch.zeros(2, 0, 8))
        states = model.transformer(prompt).last_hidden_state
        assert torch.allclose(first, states[:, -1], atol=1e-6)
        second = step(prompt, first[:, None])
        embedded = torch.cat([model.transformer.wte(prompt), first[:, None]], dim=1)
        states = model.transformer(inputs_embeds=embedded).last_hidden_state
        assert torch.allclose(second, states[:, -1], atol=1e-6)
        read = LatentStates(model)(prompt, torch.stack([first, second], dim=1))
        assert read.shape == (2, 2, 8)
        assert torch.allclose(read[:, 0], second, atol=1e-6)  # causal: it sees what it saw


def test_a_language_model_reasons_in_several_ways(model) -> None:
    prompt = torch.tensor([[3, 1, 4]])
    reasoner = LatentReasoner(FedBack(model), lambda q, _: q[:, 0], steps=3, width=8)
    for noise, same in ((DropoutNoise(0.2), False), (GaussianNoise(0.0), True)):
        generator = torch.Generator().manual_seed(0)
        ways = draw(reasoner, prompt, samples=3, noise=noise, generator=generator)
        assert ways.shape == (1, 3, 3, 8)
        assert torch.allclose(ways[:, 0], ways[:, 1], atol=1e-6) == same
    scorer = StepScorer(LatentStates(copy.deepcopy(model)), 8).eval()
    rows = prompt.repeat(3, 1)
    scores = scorer(rows, ways[0])
    assert scores.shape == (3, 3)
    scores.sum().backward()
    assert all(p.grad is None for p in model.parameters())  # the reasoner stays as it is
