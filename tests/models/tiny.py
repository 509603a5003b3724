"""Random models of two layers and tokenizers made in memory: everything real but the knowledge."""

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch import Tensor
from transformers import (
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from dubito.models.decoding import Decoder
from dubito.models.encoder import Encoder
from dubito.models.jobs import Job, Trace
from dubito.models.local import LocalModel
from dubito.models.sampling import draws_for

END = "<|end|>"
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WORDS = ("True", "False", " True", " False")
STOPS = 12  # ids below this end an answer of a tiny model, besides the end token
CONTEXT = 256
FAMILIES = (None, "gpt2", "mistral")


def tiny_tokenizer(
    *, chat: bool = True, words: Sequence[str] = WORDS, start: bool = False
) -> PreTrainedTokenizerFast:
    """Bytes, a few whole words, and special tokens; `start`: one is put before every text."""
    vocabulary = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    merges: list[tuple[str, str]] = []
    for word in words:
        pairs = [(word[:n], word[n]) for n in range(1, len(word))]
        if word.startswith(" "):  # a merge of its own, after those of the bare word
            pairs = [("Ġ", word[1:])]
        merges += pairs
        for left, right in pairs:
            vocabulary.setdefault(left + right, len(vocabulary))
    inner = Tokenizer(models.BPE(vocabulary, merges))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        bos_token="<|start|>",
        additional_special_tokens=["<|user|>", "<|assistant|>"],
    )
    if start:
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="<|start|> $A", special_tokens=[("<|start|>", tokenizer.bos_token_id)]
        )
    if chat:
        tokenizer.chat_template = TEMPLATE
    return tokenizer


def tiny_model(vocabulary: int, *, family: str | None = None) -> PreTrainedModel:
    """Two random layers, float32, with clear preferences; the same bits at every call."""
    size = {
        "vocab_size": vocabulary, "bos_token_id": None, "pad_token_id": None, "eos_token_id": 0
    }  # fmt: skip
    layers = {
        **size,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT,
        "initializer_range": 0.4,
        "tie_word_embeddings": False,
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if family == "gpt2":
            config = GPT2Config(
                **size, n_embd=32, n_layer=2, n_head=4, n_positions=CONTEXT, initializer_range=0.4
            )
            return GPT2LMHeadModel(config).eval()
        if family == "mistral":
            return MistralForCausalLM(MistralConfig(**layers, sliding_window=8)).eval()
        return LlamaForCausalLM(LlamaConfig(**layers)).eval()


def tiny_local(tokenizer: PreTrainedTokenizerFast, *, rows: int = 16) -> LocalModel:
    """A tiny model behind the door; one token in twenty ends an answer."""
    model = tiny_model(len(tokenizer))
    model.generation_config.eos_token_id = [*range(STOPS), tokenizer.eos_token_id]
    return LocalModel("tiny", model, tokenizer, rows=rows)


def tiny_encoder(*, padding_side: str = "right") -> Encoder:
    """A random sentence encoder whose pieces are bytes, framed by two special ones."""
    tokenizer = tiny_tokenizer(chat=False, words=())
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    tokenizer.padding_side = padding_side
    frame = [(t, tokenizer.convert_tokens_to_ids(t)) for t in ("<|start|>", END)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"<|start|> $A {END}", special_tokens=frame
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=260,
            initializer_range=0.4,
        )
        return Encoder(BertModel(config).eval(), tokenizer)


@torch.inference_mode()
def foreseen(model: PreTrainedModel, prompt: Sequence[int], answer: Sequence[int]) -> np.ndarray:
    """Log-probabilities before each answer token, [T, V], by one plain pass without a cache."""
    ids = torch.tensor([[*prompt, *answer]])
    logits: Tensor = model(input_ids=ids, use_cache=False).logits
    return logits[0, len(prompt) - 1 : -1].double().log_softmax(dim=-1).numpy()


def random_prompts(lengths: Sequence[int]) -> list[list[int]]:
    """Token ids of these many prompts, none of them special."""
    rng = np.random.default_rng(7)
    return [rng.integers(256, size=n).tolist() for n in lengths]


def jobs_of(prompts: Sequence[list[int]], *, samples: int, length: int, seed: int = 0) -> list[Job]:
    """A greedy row and some samples for each prompt; the draws depend on the prompt alone."""
    return [
        Job(ids, draws_for(str(ids), samples=samples, length=length, seed=seed)) for ids in prompts
    ]


def decoded(decoder: Decoder, jobs: Sequence[Job]) -> dict[tuple[int, int], Trace]:
    """All that the decoder yields, by job and row; each once."""
    found = list(decoder.decode(jobs))
    traces = {(job, row): trace for job, row, trace in found}
    assert len(traces) == len(found) == sum(len(j.draws) for j in jobs)
    return traces
