"""A tiny decoder-only transformer, pre-norm with learnt positions, for worlds of a few seconds."""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from dubito.nn.seeded import seeded


class Block(nn.Module):
    """Causal self-attention, then a two-layer perceptron, each added to its input; [B, T, D]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.before_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        qkv = self.query_key_value(self.before_attention(x))  # [B, T, 3D]
        q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # [B, H, T, D/H]
        seen = scaled_dot_product_attention(q, k, v, is_causal=True)  # [B, H, T, D/H]
        x = x + self.mix(seen.transpose(1, 2).flatten(2))  # [B, T, D]
        return x + self.mlp(self.before_mlp(x))  # [B, T, D]


class TinyTransformer(nn.Module):
    """Next-token logits at every position; [B, T] int64 -> [B, T, V].

    A position sees itself and what is before it, never what follows. The output layer is the
    transposed token embedding. There is no padding: a batch has one length.
    """

    def __init__(
        self, vocabulary: int, *, context: int, width: int = 64, layers: int = 2, heads: int = 4
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, got {width} and {heads}")
        self.context = context
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.token.weight, std=0.02)
        nn.init.normal_(self.position.weight, std=0.02)

    def hidden(self, tokens: Tensor) -> Tensor:
        """The last layer's normalised states, [B, T] -> [B, T, D]."""
        length = tokens.shape[1]
        if length > self.context:
            raise ValueError(f"{length} tokens do not fit into a context of {self.context}")
        x = self.token(tokens) + self.position.weight[:length]  # [B, T, D]
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of the next token, [B, T] -> [B, T, V]."""
        return self.hidden(tokens) @ self.token.weight.T  # [B, T, V]

    @torch.no_grad()
    def greedy(self, tokens: Tensor, new: int) -> Tensor:
        """The most likely continuation, token by token, [B, T] -> [B, new]."""
        for _ in range(new):
            following = self(tokens)[:, -1].argmax(dim=-1, keepdim=True)  # [B, 1]
            tokens = torch.cat([tokens, following], dim=1)
        return tokens[:, tokens.shape[1] - new :]

    @torch.no_grad()
    def draw(self, tokens: Tensor, new: int, generator: torch.Generator) -> Tensor:
        """A continuation drawn at temperature 1, [B, T] -> [B, new]."""
        for _ in range(new):
            p = self(tokens)[:, -1].softmax(dim=-1)  # [B, V]
            following = torch.multinomial(p, 1, generator=generator)  # [B, 1]
            tokens = torch.cat([tokens, following], dim=1)
        return tokens[:, tokens.shape[1] - new :]


def seeded_transformer(vocabulary: int, *, context: int, seed: int) -> TinyTransformer:
    """A fresh model of the default size whose first weights depend on the seed alone."""
    with seeded(seed):
        return TinyTransformer(vocabulary, context=context)
