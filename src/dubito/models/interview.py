"""All that one prompt's plan asks of a server: the answer, samples, and two questions about it."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dubito.evidence import Evidence, Plan, Sequence
from dubito.models.asking import P_TRUE_TURN, STATED_TURN, parse_stated, share_of_true
from dubito.models.base import Generation
from dubito.models.positions import TEMPERED, collapsed, positions
from dubito.models.responses import NO_TOP, Reading, read_choice, without
from dubito.models.server import Server
from dubito.models.stored import lacking

MOST = 20  # top log-probs that the API allows
STATED_TOKENS = 16  # enough for "I am 95% sure."

UNSHOWN = "a server does not show this; load the model in this process"

Turns = tuple[Mapping[str, str], ...]
Choice = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interview:
    """One prompt and what is wanted of it; requests go out one after the other."""

    server: Server
    model: str
    prompt: str
    plan: Plan
    generation: Generation

    def evidence(self) -> Evidence:
        """All of the plan that can be measured, and why the rest is missing."""
        turns: Turns = ({"role": "user", "content": self.generation.ask(self.prompt)},)
        answer = self.answer(turns)
        samples = self.samples(turns)
        after = (*turns, {"role": "assistant", "content": answer.sequence.text})
        p_true, no_p_true = self.p_true(after) if self.plan.p_true else (None, "")
        stated, no_stated = self.stated(after) if self.plan.stated else (None, "")
        missing = (
            self.few_tops(answer)
            | self.planned(answer.missing)
            | (lacking(samples) if self.tops else {})
        )
        missing |= unshown(self.plan)
        missing |= {"p_true": no_p_true} if no_p_true else {}
        missing |= {"stated": no_stated} if no_stated else {}
        return Evidence(
            self.prompt,
            answer.sequence.only(self.plan),
            samples=tuple(s.sequence.only(self.plan.of_samples) for s in samples),
            p_true=p_true,
            stated=stated,
            missing=missing,
        )

    @property
    def tops(self) -> int:
        """Top log-probs to ask for: at least 2, which show a scaled distribution; 0 for none."""
        plan = self.plan
        if plan.distribution:
            return MOST
        return min(max(2, plan.top_k), MOST) if plan.logprobs or plan.top_k else 0

    def answer(self, turns: Turns) -> Reading:
        """The greedy answer."""
        choices = self.ask(turns, self.generation.max_tokens, {"temperature": 0}, tops=self.tops)
        return read_choice(choices[0])

    def samples(self, turns: Turns) -> list[Reading]:
        """K answers drawn at random, in as few requests as the server allows."""
        temperature, wanted = self.generation.temperature, self.plan.samples
        choices: list[Choice] = []
        tops = self.tops if temperature == 1 else 0
        while len(choices) < wanted:
            drawn = {
                "temperature": temperature,
                "top_p": 1,
                "n": wanted - len(choices),
                "seed": seed_of(
                    self.generation.seed,
                    self.prompt,
                    self.generation.first_sample + len(choices),
                ),
            }
            if self.generation.min_p:
                drawn["min_p"] = self.generation.min_p
            choices += self.ask(turns, self.generation.max_tokens, drawn, tops=tops)
        readings = [read_choice(c) for c in choices[:wanted]]
        if temperature == 1:
            return readings
        missing = without(f"drawn at temperature {temperature:g}, where servers may scale them")
        return [
            Reading(Sequence(r.sequence.text, finished=r.sequence.finished), missing)
            for r in readings
        ]

    def p_true(self, turns: Turns) -> tuple[float | None, str]:
        """P(True) by the first token of the reply, or why there is none."""
        asked = (*turns, {"role": "user", "content": P_TRUE_TURN})
        spots = positions(self.ask(asked, 1, {"temperature": 0}, tops=MOST)[0])
        if not spots or not spots[0].top:
            return None, NO_TOP
        if collapsed(spots[:1]):
            return None, TEMPERED
        top = [(token, logprob) for token, _, logprob in spots[0].top]
        share = share_of_true(top)
        listed = ", ".join(repr(token) for token, _ in top[:3])
        reason = f"neither True nor False is among the top tokens ({listed}, ...)"
        return share, "" if share is not None else reason

    def stated(self, turns: Turns) -> tuple[float | None, str]:
        """The confidence put in words, or why there is none."""
        asked = (*turns, {"role": "user", "content": STATED_TURN})
        reply = read_choice(self.ask(asked, STATED_TOKENS, {"temperature": 0})[0]).sequence.text
        value = parse_stated(reply)
        return value, "" if value is not None else f"no percentage in the reply {reply[:60]!r}"

    def ask(
        self, turns: Turns, max_tokens: int, drawn: Mapping[str, Any], *, tops: int = 0
    ) -> list[Choice]:
        """The choices of one request."""
        body = {"model": self.model, "messages": list(turns), "max_tokens": max_tokens, **drawn}
        if tops:
            body |= {"logprobs": True, "top_logprobs": tops}
        return self.server.ask(body)

    def few_tops(self, answer: Reading) -> dict[str, str]:
        """A note where the plan asks for more top log-probs than there are."""
        top = answer.sequence.top
        if top is None or top.logprobs.shape[1] >= self.plan.top_k or not answer.sequence.tokens:
            return {}
        return {"top": f"the server gave {top.logprobs.shape[1]} of {self.plan.top_k} tokens"}

    def planned(self, missing: Mapping[str, str]) -> dict[str, str]:
        """Of what is missing, what the plan asks for."""
        plan = self.plan
        full = ("entropies", "uniform_kl", "uniform_renyi") if plan.distribution else ()
        asked = {*full, "logprobs" if plan.logprobs else "", "top" if plan.top_k else ""}
        return {field: reason for field, reason in missing.items() if field in asked}


def unshown(plan: Plan) -> dict[str, str]:
    """What the plan asks for that no server of this API can show."""
    wanted = {
        "hidden": plan.hidden,
        "attention": plan.attention,
        "unconditional": plan.unconditional,
    }
    return {field: UNSHOWN for field, asked in wanted.items() if asked}


def seed_of(seed: int, prompt: str, sample: int) -> int:
    """A seed in [0, 2^31) of its own for each prompt and each request for samples from here on."""
    words = [seed % 2**64, zlib.crc32(prompt.encode("utf-8", "replace")), sample]
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)
