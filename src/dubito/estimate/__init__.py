"""Evidence in, doubt out."""

from dubito.estimate.answer_consistency import (
    AnswerConsistency,
    MeaningShare,
    SemanticSetsConfidence,
)
from dubito.estimate.asked import ASKED
from dubito.estimate.boosted_probability import BoostedProbability
from dubito.estimate.cocoa import CoCoA
from dubito.estimate.directed_entailment_graph import DirectedEntailmentGraph
from dubito.estimate.eigenscore import EigenScore
from dubito.estimate.hedged_wording import HedgedWording
from dubito.estimate.kernel_language_entropy import KernelLanguageEntropy
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.likeness import BLEU, EXACT, MATCHING, NONCONTRADICTION, ROUGE_1, ROUGE_2
from dubito.estimate.methods import ESTIMATORS
from dubito.estimate.monte_carlo_probability import MonteCarloProbability
from dubito.estimate.mutual_information import PMI, ConditionalPMI
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
from dubito.estimate.semantic_volume import Projection, SemanticVolume, fit_projection
from dubito.estimate.sentence_doubt import SentenceEntropy, SentenceSurprise
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.similarity import (
    AGREEMENT,
    COSINE,
    ENTAILMENT,
    JACCARD,
    ROUGE_L,
    Similarity,
)
from dubito.estimate.similarity_graph import DegreeMatrix, Eccentricity, LaplacianEigenvalues
from dubito.estimate.surprise import MinTokenProbability, Perplexity, SequenceProbability
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.trained import TRAINED
from dubito.estimate.uniform_distance import FisherRao, RenyiDivergence
from dubito.estimate.units import UNITS
from dubito.estimate.variation_ratio import SampleDeparture, SampleVariation

METHODS = (*ESTIMATORS, *TRAINED, *ASKED, *UNITS)

__all__ = [
    "AGREEMENT",
    "ASKED",
    "BLEU",
    "COSINE",
    "ENTAILMENT",
    "ESTIMATORS",
    "EXACT",
    "JACCARD",
    "MATCHING",
    "METHODS",
    "NONCONTRADICTION",
    "PMI",
    "ROUGE_1",
    "ROUGE_2",
    "ROUGE_L",
    "SAR",
    "TRAINED",
    "UNITS",
    "AnswerConsistency",
    "BoostedProbability",
    "CoCoA",
    "ConditionalPMI",
    "DegreeMatrix",
    "DirectedEntailmentGraph",
    "DiscreteSemanticEntropy",
    "Eccentricity",
    "EigenScore",
    "FisherRao",
    "HedgedWording",
    "KernelLanguageEntropy",
    "LaplacianEigenvalues",
    "LexicalSimilarity",
    "MeaningShare",
    "MinTokenProbability",
    "MonteCarloProbability",
    "PTrue",
    "Perplexity",
    "ProbabilityMargin",
    "Projection",
    "RenyiDivergence",
    "SampleDeparture",
    "SampleVariation",
    "SelfCertainty",
    "SemanticDensity",
    "SemanticEntropy",
    "SemanticSets",
    "SemanticSetsConfidence",
    "SemanticVolume",
    "SentenceEntropy",
    "SentenceSAR",
    "SentenceSurprise",
    "SequenceEntropy",
    "SequenceProbability",
    "Similarity",
    "TokenEntropy",
    "TokenSAR",
    "VerbalisedConfidence",
    "fit_projection",
]
