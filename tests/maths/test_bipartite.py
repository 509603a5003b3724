"""Centrality in a graph with two sides, against networkx and by hand."""

import networkx as nx
import numpy as np
import pytest

from dubito.maths.bipartite import closeness, degree


def graph_of(edges: np.ndarray) -> tuple[nx.Graph, list[str]]:
    claims, texts = edges.shape
    names = [f"c{i}" for i in range(claims)]
    graph = nx.Graph()
    graph.add_nodes_from(names, bipartite=0)
    graph.add_nodes_from([f"r{j}" for j in range(texts)], bipartite=1)
    graph.add_edges_from((f"c{i}", f"r{j}") for i, j in np.argwhere(edges))
    return graph, names


@pytest.mark.parametrize("seed", range(6))
def test_networkx_agrees(seed):
    rng = np.random.default_rng(seed)
    edges = rng.uniform(size=(rng.integers(1, 9), rng.integers(1, 7))) < [0.2, 0.5, 0.8][seed % 3]
    graph, names = graph_of(edges)
    if nx.is_connected(graph):
        theirs = nx.bipartite.closeness_centrality(graph, names, normalized=True)
        assert closeness(edges) == pytest.approx([theirs[n] for n in names])
    assert ((closeness(edges) >= 0) & (closeness(edges) <= 1)).all()
    shares = nx.bipartite.degree_centrality(graph, names)
    assert degree(edges) == pytest.approx([shares[n] for n in names])


def test_limits():
    assert closeness(np.ones((3, 4), bool)).tolist() == [1, 1, 1]
    assert closeness(np.zeros((3, 4), bool)).tolist() == [0, 0, 0]
    assert closeness(np.ones((1, 1), bool)).tolist() == [1]


def test_an_isolated_claim_lowers_the_others_share():
    """A of r0, B of none: A reaches 1 of 2 nodes, as near as can be: 1/2.

    networkx counts B in the least sum, but not in the sum: 3/2, which is more than there is.
    """
    edges = np.array([[True], [False]])
    assert closeness(edges).tolist() == [0.5, 0]
    graph, names = graph_of(edges)
    assert nx.bipartite.closeness_centrality(graph, names)["c0"] == 1.5


def test_two_parts_by_hand():
    """A and B of r0, C of r1: A reaches r0 and B, 2 of 4, as near as can be; C 1 of 4."""
    edges = np.array([[True, False], [True, False], [False, True]])
    assert closeness(edges).tolist() == [0.5, 0.5, 0.25]


def test_refusals():
    for edges in (np.ones((2, 2)), np.ones(3, bool), np.ones((0, 2), bool)):
        with pytest.raises(ValueError, match="bool"):
            closeness(edges)
