"""One key token in each of several sentences: surprise pooled by sentence finds false answers."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.paragraphs import keyed_sentence, paragraphs
from dubito.estimate.sentence_doubt import SentenceSurprise
from dubito.estimate.surprise import MinTokenProbability, Perplexity

CLAIM = Claim(
    world=partial(paragraphs, sentence=keyed_sentence),
    tiny=partial(paragraphs, sentence=keyed_sentence, questions=40),
    ours=partial(errors_found, estimator=SentenceSurprise()),
    baselines={
        "min-token-probability": partial(errors_found, estimator=MinTokenProbability()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.02,
    paper="huang2023",
    paper_figure="single-run scores are competitive on code, and cheap",
    size="500 answers of 1 to 6 sentences",
)
