"""The row populationlm: individuals of one model."""

import numpy as np
import pytest
import torch

from dubito.nn.mc_dropout import add_dropout
from dubito.nn.tiny_transformer import seeded_transformer
from dubito.posterior.population import Population
from laws import assert_frozen

TOKENS = torch.randint(11, (4, 6), generator=torch.Generator().manual_seed(0))


def model(*, dropout: bool = False):
    net = seeded_transformer(11, context=8, seed=0)
    if dropout:
        add_dropout(net, rate=0.1)
    return net.eval()


PLACES = ("mlp.2",)


def scores(net, tokens: torch.Tensor = TOKENS) -> np.ndarray:
    return net(tokens)[:, -1].log_softmax(dim=-1)[:, 3].detach().numpy()


def test_without_dropout_all_are_the_model() -> None:
    net = model()
    found = Population(5, rate=0.0, places=PLACES)(net, lambda: scores(net))
    np.testing.assert_array_equal(found, np.tile(scores(net), (5, 1)))


@pytest.mark.parametrize("dropout", [True, False])
def test_individuals_keep_their_identity(*, dropout: bool) -> None:
    """The same number, the same bits, in any order, mode and batch."""
    net = model(dropout=dropout)
    population = Population(4, rate=0.2, places=() if dropout else PLACES)
    found = population(net, lambda: scores(net))
    assert found.shape == (4, 4)
    assert len(np.unique(found[:, 0])) == 4
    net.train()
    with population.individual(net, 2):
        np.testing.assert_array_equal(scores(net), found[2])
        np.testing.assert_allclose(scores(net, TOKENS[:1]), found[2][:1], rtol=1e-5)
        x = torch.cat([TOKENS, TOKENS[:, :2]], dim=1)
        np.testing.assert_allclose(
            net(x).detach()[:, 5].log_softmax(-1)[:, 3], found[2], rtol=1e-5
        )  # what follows changes nothing
    net.eval()
    assert not np.array_equal(scores(net), found[2])


def test_another_seed_is_another_population() -> None:
    net = model()
    first, other = (
        Population(3, places=PLACES, seed=seed)(net, lambda: scores(net)) for seed in (0, 1)
    )
    assert not np.intersect1d(first, other).size


def test_rows_are_one_individual_unless_asked() -> None:
    """A batch of one prompt four times."""
    net, same = model(), TOKENS[:1].repeat(4, 1)
    one = Population(1, places=PLACES)(net, lambda: scores(net, same))[0]
    np.testing.assert_allclose(one, one[0], rtol=1e-6)
    four = Population(1, places=PLACES, by_row=True)(net, lambda: scores(net, same))[0]
    assert len(np.unique(four)) == 4


def test_a_hugging_face_model_gets_dropout_in_each_block() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=11,
                hidden_size=8,
                intermediate_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=1,
            )
        ).eval()
    seen = []
    for layer in net.model.layers:
        layer.mlp.register_forward_hook(lambda _m, _a, out: seen.append(out))
    with pytest.raises(ValueError, match="no layer of dropout"), Population().individual(net, 0):
        pass
    with torch.no_grad(), Population(rate=0.5, places=("mlp.down_proj",)).individual(net, 0):
        net(TOKENS)
    gone = [(out == 0).all(dim=(0, 1)) for out in seen]  # the same channels for every token
    assert all(0 < int(g.sum()) < 8 for g in gone)
    assert all(((out == 0) == g).all() for out, g in zip(seen, gone, strict=True))


def test_options() -> None:
    assert_frozen(Population())
    with pytest.raises(ValueError, match="individuals must be"):
        Population(0)
    with pytest.raises(ValueError, match="individuals must be"):
        Population(rate=1.0)


def test_other_dropout_is_off_in_training_mode() -> None:
    """Masks behind a linear layer, and the model's own dropout left in it."""
    net = torch.nn.Sequential(
        torch.nn.Linear(8, 16), torch.nn.Dropout(0.5), torch.nn.Linear(16, 4)
    ).train()
    x, population = torch.ones(3, 8), Population(2, rate=0.3, places=("0",))
    with population.individual(net, 1):
        assert torch.equal(net(x), net(x))
    first, again = (population(net, lambda: net(x)[:, 0].numpy()) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert all(m.training for m in net.modules())
