"""A low quantile that depends on features: boosted trees [friedman2001], kept as plain numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats
from dubito.extras import require


@dataclass(frozen=True)
class Tree:
    """A regression tree of n nodes, the root first; a leaf has no children (-1)."""

    feature: tuple[int, ...]  # [n]
    threshold: tuple[float, ...]  # [n] at most this goes left
    left: tuple[int, ...]  # [n]
    right: tuple[int, ...]  # [n]
    value: tuple[float, ...]  # [n]

    def __call__(self, features: Floats) -> Floats:
        """The value of each row's leaf: [N, d] -> [N]."""
        feature, left, right = np.array(self.feature), np.array(self.left), np.array(self.right)
        rows, node = np.arange(len(features)), np.zeros(len(features), dtype=int)
        while (left[node] >= 0).any():
            smaller = features[rows, feature[node]] <= np.array(self.threshold)[node]
            following = np.where(smaller, left[node], right[node])
            node = np.where(left[node] >= 0, following, node)
        return np.array(self.value)[node]


@dataclass(frozen=True)
class BoostedTrees:
    """base + rate times the sum of the trees, applied without scikit-learn."""

    base: float
    rate: float
    trees: tuple[Tree, ...]

    def __call__(self, features: Floats) -> Floats:
        """The prediction: [N, d] -> [N]."""
        seen = features.astype(np.float32)  # as in the fit, so that edges fall the same way
        total = np.full(len(seen), self.base)
        for tree in self.trees:
            total = total + self.rate * tree(seen)
        return total

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """The trees that were saved."""
        trees = [Tree(**{k: tuple(v) for k, v in tree.items()}) for tree in saved["trees"]]
        return cls(float(saved["base"]), float(saved["rate"]), tuple(trees))


def boosted_quantile(
    features: Floats, target: Floats, share: float, *, trees: int = 60, depth: int = 2
) -> BoostedTrees:
    """The quantile of the target below which this share lies, given features: [n, d], [n].

    Trees of the pinball loss share (u) + (1 - share) (-u)+, u = target less prediction.
    """
    model = (
        require("sklearn.ensemble", extra="calibrate")
        .GradientBoostingRegressor(
            loss="quantile", alpha=share, n_estimators=trees, max_depth=depth, random_state=0
        )
        .fit(features, target)
    )
    grown = [tree.tree_ for tree in model.estimators_[:, 0]]
    return BoostedTrees(
        base=float(model.init_.predict(features[:1])[0]),
        rate=float(model.learning_rate),
        trees=tuple(
            Tree(
                tuple(t.feature.tolist()),
                tuple(t.threshold.tolist()),
                tuple(t.children_left.tolist()),
                tuple(t.children_right.tolist()),
                tuple(t.value.ravel().tolist()),
            )
            for t in grown
        ),
    )
