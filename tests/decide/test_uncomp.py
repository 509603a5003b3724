"""Budgets by matrix entropy, and caches of a real architecture that hold what they allow."""

import copy

import numpy as np
import pytest
import torch
from transformers import DynamicCache

from dubito.decide.cache_budgets import EntropyBudgets, layer_stages, stage_lengths
from dubito.decide.cache_compression import cache_bytes, compress
from dubito.decide.cache_selection import kept_places, stand_ins
from dubito.decide.grouped_attention import grouped_attention
from dubito.decide.grouped_cache import GroupedCache, HeadGroup
from dubito.decide.prefill_pruning import pruned_prefill
from models.tiny import tiny_model

TOKENS = torch.randint(300, (1, 40), generator=torch.Generator().manual_seed(1))
NEXT = torch.randint(300, (1, 6), generator=torch.Generator().manual_seed(2))


def spreading(directions, rng):
    """Queries [T, d] of so many directions of 8."""
    return rng.normal(size=(60, directions)) @ np.eye(8)[:directions]


# ---- budgets


def test_heads_that_spread_more_keep_more():
    rng = np.random.default_rng(0)
    prompts = [np.stack([spreading(n, rng) for n in (6, 1, 2, 5)])[None] for _ in range(3)]
    fitted = EntropyBudgets().fit(prompts)
    assert fitted.groups_.tolist() == [[1, 0, 0, 1]]
    assert fitted.votes_.tolist() == [[3, 0, 0, 3]]
    # weights 1 and 2, mean 1.5: 96 / 1.5 = 64 and 128
    assert fitted.predict(96).tolist() == [[128, 64, 64, 128]]
    # the extreme setting of the card: 16 and 112, mean 64
    assert EntropyBudgets(ratio=7).fit(prompts).predict(64).tolist() == [[112, 16, 16, 112]]
    assert EntropyBudgets(ratio=0.5).fit(prompts).predict(96).tolist() == [[64, 128, 128, 64]]
    assert EntropyBudgets(ratio=1).fit(prompts).predict(96).tolist() == [[96] * 4]
    # four groups: 1, 4/3, 5/3, 2 over their mean 3/2
    four = EntropyBudgets(groups=4).fit(prompts)
    assert four.predict(90).tolist() == [[120, 60, 80, 100]]


def test_votes_of_prompts_decide_and_not_their_mean():
    """Head 0 is the broader one in two prompts of three, by little; head 1 in one, by much."""
    rng = np.random.default_rng(0)
    slightly = np.stack([spreading(3, rng), spreading(2, rng)])[None]
    much = np.stack([spreading(1, rng), spreading(8, rng)])[None]
    fitted = EntropyBudgets().fit([slightly, slightly, much])
    assert fitted.entropies_[0, 0] < fitted.entropies_[0, 1]
    assert fitted.groups_.tolist() == [[1, 0]]


def test_a_head_of_the_cache_has_the_mean_of_those_it_serves():
    rng = np.random.default_rng(0)
    prompt = np.stack([spreading(n, rng) for n in (1, 6, 2, 3)])[None]  # [1, 4, T, d]
    shared = EntropyBudgets(kv_heads=2)
    each = EntropyBudgets().entropies(prompt)[0]
    assert np.allclose(shared.entropies(prompt)[0], [each[:2].mean(), each[2:].mean()])
    assert shared.fit([prompt]).groups_.shape == (1, 2)
    with pytest.raises(ValueError, match="cannot share 3"):
        EntropyBudgets(kv_heads=3).fit([prompt])


def test_budgets_refuse_what_makes_no_sense():
    with pytest.raises(ValueError, match="ratio"):
        EntropyBudgets(ratio=0)
    with pytest.raises(ValueError, match="at least one"):
        EntropyBudgets().fit([])
    with pytest.raises(ValueError, match="2 groups"):
        EntropyBudgets().fit([np.ones((1, 1, 4, 8))])


def test_uneven_groups_keep_the_mean():
    rng = np.random.default_rng(0)
    prompt = np.stack([spreading(n, rng) for n in (1, 6, 2)])[None]
    # weights 1, 2, 1 over their mean 4/3
    assert EntropyBudgets().fit([prompt]).predict(40).tolist() == [[30, 60, 30]]


def test_stages_start_where_entropy_falls():
    assert layer_stages([70, 69.5, 67, 69, 68.9, 60]) == [0, 2, 5]
    assert layer_stages([3, 2]) == [0]  # by 1, not by more
    with pytest.raises(ValueError, match="finite"):
        layer_stages([])


def test_stages_read_less_and_less():
    # step (100 - 40) // 3 = 20: stages keep 40 + 40, 40 + 20, 40; layer 0 all
    assert stage_lengths([0, 2, 5], 6, least=40, most=100) == [100, 80, 60, 60, 60, 40]
    assert stage_lengths([0, 2], 3, least=40, most=30) == [30, 30, 30]
    with pytest.raises(ValueError, match="start at 0"):
        stage_lengths([1], 3, least=4, most=30)


# ---- selection


def test_the_last_places_and_the_most_looked_at_stay():
    looks = torch.zeros(2, 12)
    looks[0, 3], looks[1, 6], looks[0, 8] = 0.5, 0.9, 0.1
    assert kept_places(looks, 4, window=2, kernel=1).tolist() == [3, 6, 10, 11]
    # Pooled over three, 5 and 7 are as good as 6; those of 3 come next.
    assert kept_places(looks, 5, window=2, kernel=3).tolist() == [5, 6, 7, 10, 11]


def test_queries_are_summed():
    """0.3 + 0.3 is more than 0.5."""
    looks = torch.zeros(2, 8)
    looks[:, 1], looks[0, 4] = 0.3, 0.5
    assert kept_places(looks, 3, window=2, kernel=1).tolist() == [1, 6, 7]


def test_selection_is_sorted_and_holds_the_window():
    generator = torch.Generator().manual_seed(0)
    looks = torch.rand(3, 5, 8, 50, generator=generator)
    for budget in (8, 9, 20, 49):
        kept = kept_places(looks, budget)
        assert kept.shape == (3, 5, budget)
        assert (kept.diff(dim=-1) > 0).all()
        assert (kept[..., -8:] == torch.arange(42, 50)).all()
    assert (kept_places(looks, 50) == torch.arange(50)).all()
    assert kept_places(looks, 99).shape == (3, 5, 50)
    with pytest.raises(ValueError, match="at least the window"):
        kept_places(looks, 7)
    with pytest.raises(ValueError, match="odd kernel"):
        kept_places(looks, 9, kernel=2)


def test_a_stand_in_is_the_kept_head_most_alike():
    outputs = torch.zeros(1, 4, 1, 2)
    outputs[0, :, 0] = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0], [1.0, 0.1]])
    kept = torch.tensor([True, True, False, False])
    assert stand_ins(outputs, kept).tolist() == [0, 1, 0, 0]
    assert stand_ins(outputs, torch.tensor([False, True, True, True])).tolist() == [3, 1, 2, 3]
    with pytest.raises(ValueError, match="no head"):
        stand_ins(outputs, torch.zeros(4, dtype=torch.bool))


# ---- a model


@pytest.fixture(scope="module")
def model():
    return tiny_model(300)


@torch.no_grad()
def read(model, cache, ids=TOKENS):
    return model(input_ids=ids, past_key_values=cache, use_cache=True).logits


@torch.no_grad()
def decode(model, cache):
    """Logits of the next six tokens, one by one, [6, V]."""
    return torch.cat([read(model, cache, NEXT[:, t : t + 1])[0] for t in range(6)])


def test_watching_changes_nothing_and_sees_what_eager_attention_sees(model):
    plain = read(model, DynamicCache())
    with grouped_attention(model, queries=True) as watch:
        assert torch.allclose(read(model, DynamicCache()), plain, atol=1e-5)
    assert model.config._attn_implementation == "sdpa"
    model.set_attn_implementation("eager")
    with torch.no_grad():
        seen = model(input_ids=TOKENS, output_attentions=True).attentions
    model.set_attn_implementation("sdpa")
    for layer, weights in enumerate(seen):  # [1, 4, T, T]; heads 0, 1 share one of the cache
        shared = weights[:, :, -8:].unflatten(1, (2, 2)).mean(dim=2)
        assert torch.allclose(watch.looks[layer], shared, atol=1e-5)
    assert watch.spread().shape == (2, 4, 40, 8)


def test_a_budget_for_all_is_the_full_cache(model):
    full = DynamicCache()
    read(model, full)
    expected = decode(model, full)
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        before = [layer.keys.clone() for layer in past.layers]
        cache = compress(past, watch, np.full((2, 2), 46))
        assert torch.allclose(decode(model, cache), expected, atol=1e-4)
    assert all(torch.equal(b, layer.keys) for b, layer in zip(before, past.layers, strict=True))
    assert cache.entries == [[46, 46], [46, 46]]
    assert cache.get_seq_length() == 46


def masked_decode(model, budgets, kept):
    """The same by a mask on the full cache: the places that were evicted get -inf, [V]."""
    full = DynamicCache()
    read(model, full)
    blocks = [layer.self_attn for layer in model.model.layers]

    def hide(module, given, named):
        mask = torch.full((1, 4, 1, 41), -torch.inf)
        for head in range(4):
            mask[0, head, 0, [*kept[module.layer_idx][head // 2], 40]] = 0.0
        return given, {**named, "attention_mask": mask}

    handles = [b.register_forward_pre_hook(hide, with_kwargs=True) for b in blocks]
    try:
        return read(model, full, NEXT[:, :1])[0, -1]
    finally:
        for handle in handles:
            handle.remove()


def test_ragged_heads_are_the_full_cache_with_a_mask(model):
    """Second opinion: attention over all places, where each head is shown its own ones only."""
    budgets = np.array([[12, 20], [30, 9]])
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        looks = {at: watch.looks[at][0] for at in (0, 1)}
        cache = compress(past, watch, budgets, kernel=3)
        assert cache.entries == budgets.tolist()
        got = read(model, cache, NEXT[:, :1])[0, -1]
        assert cache.entries == budgets.tolist()  # what came in made something go
    kept = [
        [kept_places(looks[at][h], int(budgets[at, h]), kernel=3).tolist() for h in (0, 1)]
        for at in (0, 1)
    ]
    assert torch.allclose(got, masked_decode(model, budgets, kept), atol=1e-4)


def test_what_is_no_longer_looked_at_is_evicted(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        cache = compress(past, watch, np.full((2, 2), 10))
        group = cache.grouped[0].groups[0]
        keys = group.keys.clone()
        decode(model, cache)
        assert cache.entries == [[10, 10], [10, 10]]
        assert not torch.equal(group.keys[:, :, :4], keys[:, :, -4:])
        # The 8 last places: 2 of the prompt's window and the 6 new ones
        assert torch.equal(group.keys[:, :, 2:4], keys[:, :, -2:])
        assert cache.get_seq_length() == 46


def test_a_deleted_head_says_what_its_stand_in_says(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        cache = compress(past, watch, [[60, 0], [60, 60]])
        query = torch.randn(1, 4, 1, 8, generator=torch.Generator().manual_seed(0))
        own = torch.zeros(1, 2, 1, 8)
        layer = cache.grouped[0]
        layer.update(own, own)
        out = layer.attend(query, 0.3)
    assert cache.entries == [[41, 0], [40, 40]]
    assert torch.equal(out[:, 2:], out[:, :2])
    assert not torch.equal(out[:, 0], out[:, 1])


def test_memory_is_counted(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        cache = compress(past, watch, np.full((2, 2), 10))
    # 2 layers, 2 heads, 40 entries of 8 + 8 numbers of 4 bytes
    assert cache_bytes(past) == 2 * 2 * 40 * 16 * 4
    # 10 entries, and of each the attention of 8 queries
    assert cache_bytes(cache) == 2 * 2 * 10 * (16 + 8) * 4 == cache.nbytes


def test_generate_takes_a_compressed_cache(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        cache = compress(past, watch, np.full((2, 2), 60))
        ids = torch.cat([TOKENS, NEXT[:, :1]], dim=1)
        options = {"max_new_tokens": 5, "do_sample": False, "pad_token_id": 0}
        ours = model.generate(ids, past_key_values=cache, **options)
    assert torch.equal(ours, model.generate(ids, **options))


def test_later_layers_read_less(model):
    """Layer 1 reads 20 of 40 tokens; the last logits are those of a mask that hides the others."""
    with grouped_attention(model) as watch:
        past = DynamicCache()
        with pruned_prefill(model, watch, [40, 20]):
            got = read(model, past)[0, -1]
            assert [layer.keys.shape[-2] for layer in past.layers] == [40, 20]
        kept = kept_places(watch.looks[0][0].sum(dim=0), 20, kernel=1)
        cache = compress(past, watch, np.full((2, 2), 15))
        assert cache.entries == [[15, 15], [15, 15]]
        assert torch.isfinite(decode(model, cache)).all()

    def hide(_, given, named):
        mask = torch.full((1, 1, 40, 40), -torch.inf)
        mask[0, 0, :, kept] = 0.0
        mask += torch.full((40, 40), -torch.inf).triu(1)
        mask[0, 0, :, 0] = mask[0, 0, :, 0].nan_to_num(neginf=-1e9)  # no row without a place
        return given, {**named, "attention_mask": mask}

    handle = model.model.layers[1].self_attn.register_forward_pre_hook(hide, with_kwargs=True)
    try:
        assert torch.allclose(got, read(model, DynamicCache())[0, -1], atol=1e-4)
    finally:
        handle.remove()


def test_pruning_to_everything_changes_nothing(model):
    plain = read(model, DynamicCache())
    with grouped_attention(model) as watch, pruned_prefill(model, watch, [40, 40]):
        assert torch.allclose(read(model, DynamicCache()), plain, atol=1e-5)
    with grouped_attention(model) as watch:  # noqa: SIM117 - the inner one is what refuses
        with pytest.raises(ValueError, match="2 lengths"), pruned_prefill(model, watch, [40]):
            pass


def test_what_does_not_fit_is_refused(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
            compress(past, watch, [[8, 8]])
        with pytest.raises(ValueError, match="at least the window"):
            compress(past, watch, np.full((2, 2), 3))
        with pytest.raises(ValueError, match="without keys"):
            compress(DynamicCache(config=model.config), watch, np.full((2, 2), 9))
        other = DynamicCache()
        read(model, other, TOKENS[:, :30])
        with pytest.raises(ValueError, match="not watched"):
            compress(past, watch, np.full((2, 2), 9))
        with pytest.raises(ValueError, match="padded"):
            model(input_ids=TOKENS, attention_mask=torch.arange(40)[None] > 3)
        with pytest.raises(ValueError, match="queries=True"):
            watch.spread()
    with (
        pytest.raises(ValueError, match="only full attention"),
        grouped_attention(tiny_model(300, family="mistral")),
    ):
        pass


def test_a_copy_decodes_on_its_own(model):
    with grouped_attention(model) as watch:
        past = DynamicCache()
        read(model, past)
        cache = compress(past, watch, np.full((2, 2), 12))
        twin = copy.deepcopy(cache)
        assert isinstance(twin, GroupedCache)
        first = decode(model, cache)
        assert torch.equal(decode(model, twin), first)
        assert twin.nbytes == cache.nbytes


def test_both_heads_of_queries_say_what_stays():
    """Keys 1, 0, 2 and a new 0; queries 1 and -1 share them. By exp of the logits, normalised:

    .225 .083 .611 .083 and .147 .400 .054 .400; mean of the old .186 .241 .333: the first goes.
    """
    keys = torch.tensor([1.0, 0.0, 2.0, 0.0])[None, None, :, None]
    group = HeadGroup(torch.tensor([0]), keys, keys * 10, torch.zeros(1, 1, 0, 4), 3, 1, 1)
    query = torch.tensor([1.0, -1.0])[None, None, :, None, None]  # [B, n, share, q, D]
    out = group.attend(query, 1.0)
    assert group.keys.flatten().tolist() == [0, 2, 0]
    assert group.looks.flatten().tolist() == pytest.approx([0.2413, 0.3326, 0.2413], abs=1e-3)
    # 10 (.225 + 2 x .611) and 10 (.147 + 2 x .054)
    assert out.flatten().tolist() == pytest.approx([14.46, 2.55], abs=0.02)


def test_what_was_looked_at_counts_for_a_whole_window():
    """With a window of two the query before counts as well: place 1 stays, seen by 0.9 then."""
    keys = torch.zeros(1, 1, 4, 1)
    before = torch.tensor([[[[0.0, 0.9, 0.1, 0.0]]]])
    group = HeadGroup(
        torch.tensor([0]), keys, torch.arange(4.0).reshape(1, 1, 4, 1), before, 3, 2, 1
    )
    group.attend(torch.ones(1, 1, 1, 1, 1), 1.0)
    assert group.values.flatten().tolist() == [1, 2, 3]
    assert group.looks[0, 0].tolist() == [pytest.approx([0.9, 0.1, 0.0]), [0.25] * 3]
