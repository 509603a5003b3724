"""What a model is asked on its way to an answer: thoughts, next sentences, search queries."""

import re
from collections.abc import Sequence
from dataclasses import replace

from dubito.evidence import Evidence, Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import with_passages

ANSWERED = re.compile(r"\banswer is\b|^\s*answer:", re.IGNORECASE)


def answered(sentence: str) -> bool:
    """Does it carry the mark of a final answer, "answer is" or "Answer:"?"""
    return ANSWERED.search(sentence) is not None


def next_sentence(question: str, draft: str, passages: Sequence[str]) -> str:
    """The request to go on with a draft by one sentence."""
    so_far = f"\nAnswer so far: {draft}\nWrite only the next sentence." if draft else ""
    return with_passages(f"{question}{so_far}", passages)


def next_thought(question: str, thoughts: Sequence[str], passages: Sequence[str]) -> str:
    """The request for one step of thought."""
    told = "".join(f"\nThought: {thought}" for thought in thoughts)
    asked = "Think one step further. If you know it, say: The answer is"
    return with_passages(f"{question}{told}\n{asked}", passages)


def search_query(question: str, known: str, unsure: str) -> str:
    """The request for a search query: what is asked, what is written, what may be wrong in it."""
    before = f"\nAnswer so far: {known}" if known else ""
    return (
        f"Question: {question}{before}\nPerhaps wrong: {unsure}\n"
        "Write only a short search query for the fact that is missing."
    )


def bare(generation: Generation) -> Generation:
    """The same without the instruction that follows questions: requests stand as they are."""
    return replace(generation, instruction="")


def texts(collect: Collector, prompts: Sequence[str], generation: Generation) -> list[str]:
    """The greedy answers, without space around them."""
    return [e.answer.text.strip() for e in collect(prompts, Plan(), generation)]


def unread(plan: Plan) -> Plan:
    """What the language model itself gives of a plan, without what the readers of meaning add."""
    return replace(plan, embeddings=False, entailment=False, relevance=False, matching=False)


def about(evidence: Sequence[Evidence], questions: Sequence[str]) -> list[Evidence]:
    """The same answers as answers to the bare questions, for readers that compare the two."""
    return [replace(e, prompt=q) for e, q in zip(evidence, questions, strict=True)]
