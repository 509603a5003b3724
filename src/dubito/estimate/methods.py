"""The table of estimators: one row each, relatives beside each other."""

from functools import partial

import numpy as np

from dubito.estimate.answer_consistency import (
    AnswerConsistency,
    MeaningShare,
    SemanticSetsConfidence,
)
from dubito.estimate.attention_chain import AttentionChain
from dubito.estimate.boosted_probability import BoostedProbability
from dubito.estimate.cocoa import CoCoA
from dubito.estimate.csl import CSL
from dubito.estimate.directed_entailment_graph import DirectedEntailmentGraph
from dubito.estimate.eigenscore import EigenScore
from dubito.estimate.focus import Focus
from dubito.estimate.hedged_wording import HedgedWording
from dubito.estimate.kernel_language_entropy import KernelLanguageEntropy
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.likeness import BLEU, EXACT, MATCHING, ROUGE_1, ROUGE_2
from dubito.estimate.monte_carlo_probability import MonteCarloProbability
from dubito.estimate.mutual_information import PMI, ConditionalPMI
from dubito.estimate.probability_margin import ProbabilityMargin
from dubito.estimate.rauq import RAUQ
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
    COSINE,
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
        claim="lybl-max-prob",
    ),
    Method(
        "lybl-average-prob",
        partial(SentenceSurprise, pool=np.mean),
        "mean surprise in each sentence, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
        claim="lybl-average-prob",
    ),
    Method(
        "boosted-prob",
        BoostedProbability,
        "one minus the joint probability of the dominant tokens, on average",
        "dinh2025",
        "token",
    ),
    Method(
        "pmi",
        PMI,
        "how little the prompt adds to the log-probability of a token, on average",
        "takayama2019",
        "token",
    ),
    Method(
        "conditional-pmi",
        ConditionalPMI,
        "mean surprise, less that without the prompt where the model is unsure",
        "vanderpoel2022",
        "token",
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
        claim="lybl-max-entropy",
    ),
    Method(
        "lybl-average-entropy",
        partial(SentenceEntropy, pool=np.mean),
        "mean token entropy in each sentence, averaged over sentences",
        "huang2023",
        "token",
        card=LYBL,
        claim="lybl-average-entropy",
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
        "monte-carlo-probability",
        MonteCarloProbability,
        "one minus the mean probability of a token in drawn answers",
        "kuhn2023",
        "token",
    ),
    Method(
        "lybl-sample-vr",
        SampleVariation,
        "mean distance in meaning between two samples",
        "huang2023",
        "semantic",
        card=LYBL,
        claim="lybl-sample-vr",
    ),
    Method(
        "lybl-sample-vro",
        SampleDeparture,
        "mean distance in meaning between the samples and the greedy answer",
        "huang2023",
        "semantic",
        card=LYBL,
        claim="lybl-sample-vro",
        levels=("answer",),
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
        claim="semantic-sets",
    ),
    Method(
        "semantic-sets-confidence",
        SemanticSetsConfidence,
        "share of the greatest number of meanings that answer and samples have",
        "bouchard2025",
        "semantic",
        levels=("answer",),
    ),
    Method(
        "meaning-share",
        MeaningShare,
        "share of samples that mean something else than the greedy answer",
        "cole2023",
        "semantic",
        claim="answer-consistency",
        levels=("answer",),
    ),
    Method(
        "semantic-density",
        SemanticDensity,
        "share of likelihood that lies far from the greedy answer in meaning",
        "qiu2024",
        "semantic",
        levels=("answer",),
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
        "lexical-similarity-rouge1",
        partial(LexicalSimilarity, similarity=ROUGE_1),
        "one minus the mean share of words that two drawn answers have in common",
        "fomicheva2020",
        "semantic",
        claim="shared-words",
    ),
    Method(
        "lexical-similarity-rouge2",
        partial(LexicalSimilarity, similarity=ROUGE_2),
        "one minus the mean share of word pairs that two drawn answers have in common",
        "fomicheva2020",
        "semantic",
        claim="shared-phrases",
    ),
    Method(
        "lexical-similarity-bleu",
        partial(LexicalSimilarity, similarity=BLEU),
        "one minus the mean BLEU of two drawn answers",
        "fomicheva2020",
        "semantic",
        claim="shared-phrases",
    ),
    Method(
        "degree-matrix",
        DegreeMatrix,
        "mean distance between the words of two drawn answers",
        "lin2024",
        "semantic",
        card=RAG,
        claim="degree-matrix",
    ),
    Method(
        "degree-matrix-entailment",
        partial(DegreeMatrix, similarity=ENTAILMENT),
        "mean distance between two drawn answers by how far they entail each other",
        "lin2024",
        "semantic",
        card=RAG,
        claim="degree-matrix-entailment",
    ),
    Method(
        "eccentricity",
        Eccentricity,
        "distance of drawn answers from their centre in spectral space",
        "lin2024",
        "semantic",
        card=RAG,
        claim="eccentricity",
    ),
    Method(
        "laplacian-eigenvalues",
        LaplacianEigenvalues,
        "soft number of meanings, from the spectrum of the entailment graph",
        "lin2024",
        "semantic",
        card=RAG,
        claim="laplacian-eigenvalues",
    ),
    Method(
        "directed-entailment-graph",
        DirectedEntailmentGraph,
        "soft number of meanings, from a walk along who entails whom",
        "da2024",
        "semantic",
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
    # How far the drawn answers agree with the greedy one.
    Method(
        "noncontradiction",
        AnswerConsistency,
        "mean probability that a drawn answer contradicts the greedy one",
        "chen2023",
        "semantic",
        claim="answer-consistency",
        levels=("answer",),
    ),
    Method(
        "entailment-consistency",
        partial(AnswerConsistency, similarity=ENTAILMENT),
        "one minus the mean entailment between drawn answers and the greedy one",
        "bouchard2025",
        "semantic",
        claim="answer-consistency",
        levels=("answer",),
    ),
    Method(
        "cosine-consistency",
        partial(AnswerConsistency, similarity=COSINE),
        "one minus the mean cosine of drawn answers and the greedy one",
        "bouchard2025",
        "semantic",
        claim="answer-consistency",
        levels=("answer",),
    ),
    Method(
        "bertscore-consistency",
        partial(AnswerConsistency, similarity=MATCHING),
        "one minus the mean BERTScore of drawn answers and the greedy one",
        "manakul2023",
        "semantic",
        claim="answer-consistency",
        levels=("answer",),
    ),
    Method(
        "exact-match",
        partial(AnswerConsistency, similarity=EXACT),
        "share of samples that differ from the greedy answer in their text",
        "cole2023",
        "semantic",
        claim="answer-consistency",
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
        claim="sentence-sar",
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
        levels=("answer",),
    ),
    # Where the answer's tokens look.
    Method(
        "rauq",
        RAUQ,
        "confidence that falls where a head stops looking at the token before",
        "vazhentsev2025",
        "internal",
    ),
    Method(
        "csl",
        CSL,
        "mean surprise of the tokens that the end of the answer looks at",
        "lin2024b",
        "internal",
    ),
    Method(
        "focus",
        Focus,
        "doubt of names and numbers, which inherit that of what they look at",
        "zhang2023",
        "internal",
    ),
    Method(
        "attention-chain",
        AttentionChain,
        "surprise of the final answer and of the few tokens that it stands on",
        "li2025b",
        "internal",
        card="uqac",
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
    Method(
        "hedged-wording",
        HedgedWording,
        "one minus the lowest probability that a phrase of the answer conveys",
        "tian2023",
        "verbalised",
    ),
)
