"""The table of estimators: one row each, relatives beside each other."""

from functools import partial

import numpy as np

from dubito.estimate.cocoa import CoCoA
from dubito.estimate.eigenscore import EigenScore
from dubito.estimate.kernel_language_entropy import KernelLanguageEntropy
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.probability_margin import ProbabilityMargin
from dubito.estimate.sar import SAR, SentenceSAR, TokenSAR
from dubito.estimate.self_certainty import SelfCertainty
from dubito.estimate.self_report import PTrue, VerbalisedConfidence
from dubito.estimate.semantic_density import SemanticDensity
from dubito.estimate.semantic_entropy import (
    DiscreteSemanticEntropy,
    SemanticEntropy,
    SemanticSets,
)
from dubito.estimate.semantic_volume import SemanticVolume
from dubito.estimate.sentence_doubt import SentenceEntropy, SentenceSurprise
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.similarity import (
    ENTAILMENT,
)
from dubito.estimate.similarity_graph import DegreeMatrix, Eccentricity, LaplacianEigenvalues
from dubito.estimate.surprise import MinTokenProbability, Perplexity, SequenceProbability
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.uniform_distance import FisherRao, RenyiDivergence
from dubito.estimate.variation_ratio import SampleDeparture, SampleVariation
from dubito.method import Method

LYBL = "look-before-you-leap"
RAG = "dynamic-rag-uncertainty"

ESTIMATORS: tuple[Method, ...] = (
    # How unlikely the chosen tokens are.
    Method(
        "g-nll",
        SequenceProbability,
        "minus the log-probability of the greedy answer",
        "aichberger2024",
        "token",
    ),
    Method(
        "perplexity",
        Perplexity,
        "mean surprise of a token: the log of the perplexity",
        "fomicheva2020",
        "token",
    ),
    Method(
        "min-token-probability",
        MinTokenProbability,
        "surprise of the least likely token",
        "manakul2023",
        "token",
    ),
    Method(
        "lybl-max-prob",
        SentenceSurprise,
        "surprise of each sentence's least likely token, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
    ),
    Method(
        "lybl-average-prob",
        partial(SentenceSurprise, pool=np.mean),
        "mean surprise in each sentence, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
    ),
    # How open the choice of each token was.
    Method(
        "mean-token-entropy",
        TokenEntropy,
        "mean entropy of the next-token distributions",
        "fomicheva2020",
        "token",
    ),
    Method(
        "max-token-entropy",
        partial(TokenEntropy, pool=np.max),
        "entropy of the most open choice of a token",
        "manakul2023",
        "token",
    ),
    Method(
        "lybl-max-entropy",
        SentenceEntropy,
        "entropy of each sentence's most open choice, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
    ),
    Method(
        "lybl-average-entropy",
        partial(SentenceEntropy, pool=np.mean),
        "mean token entropy in each sentence, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
    ),
    Method(
        "probability-margin",
        ProbabilityMargin,
        "how close the second most likely token comes to the first, on average",
        "scheffer2001",
        "token",
    ),
    # How near the next-token distributions are to uniform.
    Method(
        "self-certainty",
        SelfCertainty,
        "minus the mean divergence of uniform from the next-token distributions",
        "kang2025",
        "token",
    ),
    Method(
        "renyi-divergence",
        RenyiDivergence,
        "minus the mean Renyi divergence of order 1/2 from uniform",
        "darrin2023",
        "token",
    ),
    Method(
        "fisher-rao",
        FisherRao,
        "minus the mean Fisher-Rao distance from uniform",
        "darrin2023",
        "token",
    ),
    # How much whole answers vary.
    Method(
        "sequence-entropy",
        SequenceEntropy,
        "entropy over whole answers, estimated from samples",
        "malinin2021",
        "token",
    ),
    Method(
        "length-normalised-entropy",
        partial(SequenceEntropy, length_normalised=True),
        "mean surprise of a token in drawn answers",
        "malinin2021",
        "token",
    ),
    Method(
        "lybl-sample-vr",
        SampleVariation,
        "mean distance in meaning between two samples",
        "huang2023",
        "semantic",
        card=LYBL,
    ),
    Method(
        "lybl-sample-vro",
        SampleDeparture,
        "mean distance in meaning between the samples and the greedy answer",
        "huang2023",
        "semantic",
        card=LYBL,
    ),
    # What the drawn answers mean.
    Method(
        "semantic-entropy",
        SemanticEntropy,
        "likelihood-weighted entropy of the meanings of drawn answers",
        "farquhar2024",
        "semantic",
    ),
    Method(
        "discrete-semantic-entropy",
        DiscreteSemanticEntropy,
        "entropy of how often each meaning was drawn",
        "farquhar2024",
        "semantic",
    ),
    Method(
        "semantic-sets",
        SemanticSets,
        "number of different meanings among drawn answers",
        "lin2024",
        "semantic",
        card=RAG,
    ),
    Method(
        "semantic-density",
        SemanticDensity,
        "share of likelihood that lies far from the greedy answer in meaning",
        "qiu2024",
        "semantic",
    ),
    # How alike the drawn answers are.
    Method(
        "lexical-similarity",
        LexicalSimilarity,
        "one minus the mean ROUGE-L of two drawn answers",
        "fomicheva2020",
        "semantic",
    ),
    Method(
        "degree-matrix",
        DegreeMatrix,
        "mean distance between the words of two drawn answers",
        "lin2024",
        "semantic",
        card=RAG,
    ),
    Method(
        "degree-matrix-entailment",
        partial(DegreeMatrix, similarity=ENTAILMENT),
        "mean distance between two drawn answers by how far they entail each other",
        "lin2024",
        "semantic",
        card=RAG,
    ),
    Method(
        "eccentricity",
        Eccentricity,
        "distance of drawn answers from their centre in spectral space",
        "lin2024",
        "semantic",
        card=RAG,
    ),
    Method(
        "laplacian-eigenvalues",
        LaplacianEigenvalues,
        "soft number of meanings, from the spectrum of the entailment graph",
        "lin2024",
        "semantic",
        card=RAG,
    ),
    Method(
        "kernel-language-entropy",
        KernelLanguageEntropy,
        "von Neumann entropy of heat on the entailment graph",
        "nikitin2024",
        "semantic",
    ),
    Method(
        "eigenscore",
        EigenScore,
        "log-determinant of the covariance of drawn answers' embeddings",
        "chen2024",
        "semantic",
    ),
    Method(
        "semantic-volume",
        SemanticVolume,
        "log-volume that the embeddings of drawn answers span",
        "li2025",
        "semantic",
    ),
    # Likelihood and meaning together.
    Method(
        "token-sar",
        TokenSAR,
        "relevance-weighted mean surprise of the greedy answer's tokens",
        "duan2024",
        "token",
        card="sar",
    ),
    Method(
        "sentence-sar",
        SentenceSAR,
        "surprise of drawn answers, less where others are like them",
        "duan2024",
        "semantic",
        card="sar",
    ),
    Method(
        "sar",
        SAR,
        "sentence-sar over relevance-weighted token surprises",
        "duan2024",
        "semantic",
    ),
    Method(
        "cocoa",
        CoCoA,
        "surprise of the greedy answer times its dissimilarity to drawn ones",
        "vashurin2025",
        "semantic",
    ),
    # What the model says of itself.
    Method(
        "p-true",
        PTrue,
        "the model's probability that its own answer is false",
        "kadavath2022",
        "verbalised",
    ),
    Method(
        "verbalised-confidence",
        VerbalisedConfidence,
        "one minus the confidence that the model states",
        "tian2023",
        "verbalised",
    ),
)
