"""A causal language model of transformers, in this process."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Answer
from dubito.models.asking import P_TRUE_LINE, STATED_LINE, parse_stated
from dubito.models.base import Generation, ModelError, shards
from dubito.models.chat import Chat
from dubito.models.decoding import Decoder, Follow
from dubito.models.inside import inside
from dubito.models.jobs import REPLY, Job, Trace
from dubito.models.precision import fastest_dtype
from dubito.models.prior import unconditional
from dubito.models.reading import read_tokens
from dubito.models.sampling import draws_for
from dubito.models.self_report import STATED_TOKENS, how_sure, p_true
from dubito.models.spelling import spell, without_end
from dubito.models.streaming import stream
from dubito.models.told import Told
from dubito.models.vocabulary import Vocabulary

UNSAID = {
    "stated": "the model named no confidence when asked for one",
    "p_true": "no token of the model writes True or False",
}


@dataclass(frozen=True, eq=False)
class LocalModel:
    """A model and its tokenizer; load it with `dubito.load`."""

    name: str
    model: Any
    tokenizer: Any
    rows: int = 96  # answers that are decoded side by side
    chat: Chat = field(init=False)

    def __post_init__(self) -> None:
        """Derive the chat format."""
        object.__setattr__(self, "chat", Chat(self.tokenizer))

    @cached_property
    def stop(self) -> frozenset[int]:
        """Token ids that end an answer."""
        return self.chat.stop_ids(self.model.generation_config)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What each token writes."""
        return Vocabulary(self.tokenizer)

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation | None = None,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        """(index, evidence) of each prompt, in groups of 32.

        Raises:
            ValueError: an empty prompt, or one that does not fit the context.
        """
        generation = generation or Generation()
        asked = [generation.ask(p) for p in prompts]
        ids = [self.chat.ids(q) for q in asked]
        extra_room = generation.max_tokens + self.room_for_questions(plan)
        for prompt, read in zip(prompts, ids, strict=True):
            self.check_fit(prompt, len(read), extra_room)
        for group in shards(len(prompts)):
            told = self.answers(
                [asked[i] for i in group], [ids[i] for i in group], plan, generation
            )
            answers = self.measured(told, plan)
            extra = self.asked_about(told, plan)
            for i, t, answer, facts in zip(group, told, answers, extra, strict=True):
                if progress:
                    progress(1)
                yield i, self.evidence(prompts[i], t, answer, facts)

    def room_for_questions(self, plan: Plan) -> int:
        """Tokens that going on after an answer takes at most."""
        lines = [
            line
            for line, wanted in ((P_TRUE_LINE, plan.p_true), (STATED_LINE, plan.stated))
            if wanted
        ]
        return max((1 + len(self.line(line)) + STATED_TOKENS for line in lines), default=0)

    @property
    def context(self) -> int:
        """Most tokens that it reads and writes together."""
        return self.model.config.get_text_config().max_position_embeddings

    def line(self, text: str) -> list[int]:
        """Token ids of a line with which an answer goes on."""
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def check_fit(self, prompt: str, read: int, new: int) -> None:
        """ValueError where there is nothing to answer, or more than the model's context holds."""
        if not prompt.strip():
            raise ValueError("an empty prompt: nothing to answer")
        if read + new > self.context:
            raise ValueError(
                f"a prompt of {read} tokens and up to {new} new ones exceed the context "
                f"of {self.context} tokens: shorten it; it begins {prompt[:60]!r}"
            )

    def answers(
        self, asked: list[str], ids: list[list[int]], plan: Plan, generation: Generation
    ) -> list[Told]:
        """The greedy answer and the samples of each prompt."""
        jobs = [self.job(i, q, plan, generation) for i, q in zip(ids, asked, strict=True)]
        found = self.decoder(plan, generation).decode(jobs, self.follow(plan))
        traces = {(job, row): trace for job, row, trace in found}
        return [
            Told(
                q,
                i,
                traces[j, 0],
                [traces[j, 1 + k] for k in range(plan.samples)],
                traces.get((j, REPLY)),
            )
            for j, (q, i) in enumerate(zip(asked, ids, strict=True))
        ]

    def decoder(self, plan: Plan, generation: Generation) -> Decoder:
        """What decodes answers so that this plan can be measured."""
        return Decoder(
            self.model,
            self.stop,
            rows=self.rows,
            temperature=generation.temperature,
            min_p=generation.min_p,
            distribution=plan.distribution,
            sample_distributions=plan.sample_distributions,
            top_k=plan.top_k,
            keep_past=bool(plan.p_true or plan.stated or plan.hidden or plan.attention),
        )

    def job(self, ids: list[int], asked: str, plan: Plan, generation: Generation) -> Job:
        """One prompt for the decoder; its draws hang on what is asked, seed and sample alone."""
        draws = draws_for(
            asked,
            samples=plan.samples,
            length=generation.max_tokens,
            seed=generation.seed,
            first=generation.first_sample,
        )
        return Job(ids, draws)

    def follow(self, plan: Plan) -> Follow | None:
        """How an answer is gone on with: the line that asks how sure it is, where it is wanted."""
        if not plan.stated:
            return None
        line, sign = self.line(STATED_LINE), self.vocabulary.percent

        def follow(_: int, answer: Trace) -> Job:
            return how_sure(answer, line, stop=self.stop, last=sign)

        return follow

    def asked_about(self, told: list[Told], plan: Plan) -> list[dict[str, float | None]]:
        """What the model says of its own answers: p_true and stated, by prompt."""
        facts: list[dict[str, float | None]] = [{} for _ in told]
        if plan.p_true:
            for fact, value in zip(facts, self.p_true(told), strict=True):
                fact["p_true"] = value
        if plan.stated:
            for fact, value in zip(facts, self.stated(told), strict=True):
                fact["stated"] = value
        return facts

    def p_true(self, told: list[Told]) -> list[float | None]:
        """P(True) in [0, 1] of each answer; None where no token writes True or False."""
        words = self.vocabulary.spellings("true"), self.vocabulary.spellings("false")
        return p_true(Decoder(self.model, self.stop), told, self.line(P_TRUE_LINE), words)

    def stated(self, told: list[Told]) -> list[float | None]:
        """The confidence in [0, 1] that the model puts in words; None where it names none."""
        said = [[] if t.reply is None else t.reply.ids.tolist() for t in told]
        return [parse_stated(self.tokenizer.decode(s, skip_special_tokens=True)) for s in said]

    def measured(self, told: list[Told], plan: Plan) -> list[Answer]:
        """The greedy answers with what further passes over them show."""
        answers = [self.sequence(t.answer) for t in told]
        if plan.hidden or plan.attention:
            shown = inside(self.model, told, plan)
            answers = [
                replace(a, hidden=h, attention=w) for a, (h, w) in zip(answers, shown, strict=True)
            ]
        if plan.unconditional:
            ids = [t.answer.ids.tolist() for t in told]
            prior = unconditional(Decoder(self.model, self.stop), self.chat.ids(""), ids)
            answers = [replace(a, unconditional=p) for a, p in zip(answers, prior, strict=True)]
        return answers

    def evidence(
        self, prompt: str, told: Told, answer: Answer, facts: dict[str, float | None]
    ) -> Evidence:
        """The records of one prompt."""
        missing = {field: UNSAID[field] for field, value in facts.items() if value is None}
        samples = tuple(self.sequence(s) for s in told.samples)
        return Evidence(prompt, answer, samples, missing=missing, **facts)  # type: ignore[arg-type]

    def sequence(self, trace: Trace) -> Answer:
        """A decoded row with its text."""
        ids = trace.ids.tolist()
        spelling = spell(self.tokenizer, ids)
        if ids[-1] in self.stop:
            spelling = without_end(spelling)
        return Answer(
            spelling.text,
            spelling.tokens,
            spelling.offsets,
            logprobs=trace.logprobs,
            entropies=trace.entropies,
            uniform_kl=trace.uniform_kl,
            uniform_renyi=trace.uniform_renyi,
            top=trace.top,
            finished=ids[-1] in self.stop,
        )

    def stream(
        self, prompt: str, plan: Plan, generation: Generation | None = None
    ) -> Iterator[Evidence]:
        """The evidence after each token of the greedy answer, as it is written.

        `dubito.estimate.running` turns it into the doubt so far. Stop reading to stop the model.

        Raises:
            ValueError: an empty prompt, one that does not fit, or a plan that asks for more than
                log-probabilities, distributions and likely tokens.
        """
        return stream(self, prompt, plan, generation or Generation())

    def read(
        self, prompt: str, answers: Sequence[str], generation: Generation | None = None
    ) -> Evidence:
        """Evidence of text that is there already, in one teacher-forced pass.

        The first answer counts as the model's own, the others as samples; each is measured to
        its end token, as if the model had written it.
        """
        generation = generation or Generation()
        if not answers:
            raise ValueError("no answer to read: give at least one")
        question = generation.ask(prompt)
        ids = self.chat.ids(question)
        texts = [self.tokenizer(a, add_special_tokens=False).input_ids for a in answers]
        end = self.chat.end_id(self.stop)
        self.check_fit(prompt, len(ids), 1 + max(map(len, texts)))
        traces = read_tokens(self.model, ids, [[*t, end] for t in texts])
        first, *rest = [self.sequence(t) for t in traces]
        return Evidence(prompt, first, tuple(rest))


def load_local(name: str, folder: str | Path, *, dtype: torch.dtype | None = None) -> LocalModel:
    """A model from a folder or from the Hugging Face hub, on the GPU if there is one.

    Raises:
        ModelError: not there, or not a causal language model; or it keeps a state that is no
            key-value cache (Mamba and its like), which the engine cannot share.
    """
    try:
        config = AutoConfig.from_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype or fastest_dtype())
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(
            f"cannot load {name!r}: {first}; known are 'smollm2', a local folder, a Hugging Face "
            "id that this machine can reach, and openai:<model>@<base_url>"
        ) from error
    kinds = set(getattr(config.get_text_config(), "layer_types", None) or ["full_attention"])
    if not kinds <= {"full_attention", "sliding_attention", "chunked_attention"}:
        raise ModelError(f"{name!r} has layers of kind {sorted(kinds)}; the engine needs attention")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return LocalModel(name, model.to(device).eval(), tokenizer)  # type: ignore[arg-type]
