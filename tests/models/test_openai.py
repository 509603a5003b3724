"""The client of OpenAI-compatible servers, against one that misbehaves."""

import time
from dataclasses import replace

import numpy as np
import pytest
from stub_server import (
    HALF,
    LIMA_CHOICE,
    Answer,
    Body,
    Script,
    Stub,
    choice,
    closed_url,
    completion,
    entry,
    serving,
    well,
)

from dubito.catalogue import estimators
from dubito.estimate.scoring import score
from dubito.evidence import Evidence, Plan
from dubito.models.asking import P_TRUE_TURN, STATED_TURN
from dubito.models.base import Generation, ModelError
from dubito.models.dialect import Dialect
from dubito.models.openai import OpenAIModel

ALL = Plan(samples=3, logprobs=True, distribution=True, top_k=2, p_true=True, stated=True)
PERU = "What is the capital of Peru?"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def client(url: str) -> OpenAIModel:
    return OpenAIModel("toy", url, timeout=5, retries=2, first_wait=0.01)


def ask(
    script: Script, plan: Plan = ALL, generation: Generation | None = None
) -> tuple[Evidence, Stub]:
    """One prompt's evidence and what the server saw."""
    with serving(script) as stub:
        ((i, evidence),) = client(f"{stub.url}/").generate([PERU], plan, generation or Generation())
    assert i == 0
    return evidence, stub


def failure(script: Script, plan: Plan = ALL) -> str:
    with serving(script) as stub, pytest.raises(ModelError) as caught:
        list(client(stub.url).generate([PERU], plan))
    assert f"{stub.url}/chat/completions" in str(caught.value)
    return str(caught.value)


def always(answer: Answer) -> Script:
    return lambda _body, _before: answer


def test_what_no_server_shows_says_so() -> None:
    """Layers and the prior are missing with a reason that can be acted on, where asked for."""
    beyond = Plan(logprobs=True, hidden=(1.0,), attention=(0.5,), unconditional=True)
    e, _ = ask(well, plan=beyond)
    assert set(e.missing) == {"hidden", "attention", "unconditional"}
    assert all("load the model in this process" in why for why in e.missing.values())
    assert "in this process" in score(e, estimators(["pmi"]))["pmi"].reason
    for some in (Plan(hidden=(1.0,)), Plan(logprobs=True)):
        e, _ = ask(well, plan=some)
        assert set(e.missing) == ({"hidden"} if some.hidden else set())


def test_all_of_a_plan() -> None:
    e, stub = ask(well)
    assert e.prompt == PERU
    assert [s.text for s in (e.answer, *e.samples)] == ["Lima"] * 4
    np.testing.assert_allclose(e.answer.logprobs, [HALF, 0])
    np.testing.assert_allclose(e.samples[2].logprobs, [HALF, 0])
    assert e.answer.top.logprobs.shape == (2, 2)
    assert (e.p_true, e.stated) == (pytest.approx(0.75), pytest.approx(0.8))
    assert set(e.missing) == {"uniform_kl", "uniform_renyi"}
    greedy, samples, p_true, stated = stub.asked
    question = {"role": "user", "content": f"{PERU} Answer in one short sentence."}
    assert greedy == {
        "model": "toy",
        "messages": [question],
        "max_tokens": 32,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": 20,
    }
    assert (samples["n"], samples["temperature"], samples["top_p"]) == (3, 1.0, 1)
    lima = {"role": "assistant", "content": "Lima"}
    assert p_true["messages"] == [question, lima, {"role": "user", "content": P_TRUE_TURN}]
    assert (p_true["max_tokens"], p_true["temperature"], p_true["top_logprobs"]) == (1, 0, 20)
    assert stated["messages"] == [question, lima, {"role": "user", "content": STATED_TURN}]
    assert "logprobs" not in stated


def test_no_more_than_the_plan() -> None:
    e, stub = ask(well, Plan(samples=1))
    assert e.answer.logprobs is None
    assert (e.p_true, e.stated, e.missing) == (None, None, {})
    assert len(stub.asked) == 2
    assert not any("logprobs" in body for body in stub.asked)
    e, stub = ask(well, Plan(samples=1, logprobs=True))
    for s in (e.answer, e.samples[0]):
        assert s.logprobs is not None
        assert s.top is None
        assert s.entropies is None
    assert e.missing == {}
    assert [body["top_logprobs"] for body in stub.asked] == [2, 2]


def test_more_top_logprobs_than_there_are() -> None:
    e, stub = ask(well, Plan(top_k=50))
    assert stub.asked[0]["top_logprobs"] == 20
    assert e.missing == {"top": "the server gave 2 of 50 tokens"}


def test_samples_at_another_temperature_have_no_logprobs() -> None:
    """Not even where the server sends some unasked."""
    talkative = always(Answer(completion(LIMA_CHOICE)))
    e, stub = ask(talkative, Plan(samples=1, logprobs=True), Generation(temperature=0.7))
    assert e.answer.logprobs is not None
    assert e.samples[0].logprobs is None
    assert e.samples[0].text == "Lima"
    assert "temperature 0.7" in e.missing["logprobs of samples"]
    assert stub.asked[1]["temperature"] == 0.7
    assert "logprobs" not in stub.asked[1]


def one_by_one(body: Body, before: int) -> Answer:
    if body.get("n", 1) > 1:
        return Answer({"error": "Only one completion choice is allowed"}, status=400)
    return well({**body, "n": 1}, before)


def ignoring_n(body: Body, before: int) -> Answer:
    return well({**body, "n": 1}, before)


@pytest.mark.parametrize(("script", "requests"), [(one_by_one, 5), (ignoring_n, 4)])
def test_servers_with_one_choice_are_asked_again(script: Script, requests: int) -> None:
    e, stub = ask(script, Plan(samples=3))
    assert len(e.samples) == 3
    assert len(stub.asked) == requests
    drawn = stub.asked[-3:]
    assert len({body["seed"] for body in drawn}) == 3  # one seed would draw one answer
    assert [body["n"] for body in drawn] == ([1, 1, 1] if script is one_by_one else [3, 2, 1])


def test_more_choices_than_asked_for_are_left_out() -> None:
    e, _ = ask(always(Answer(completion(*[LIMA_CHOICE] * 5))), Plan(samples=2))
    assert len(e.samples) == 2


def test_seeds_depend_on_seed_and_prompt_alone() -> None:
    def seeds(prompts: list[str], seed: int) -> dict[str, int]:
        with serving(well) as stub:
            list(client(stub.url).generate(prompts, Plan(samples=2), Generation(seed=seed)))
        drawn = [b for b in stub.asked if "seed" in b]
        return {b["messages"][0]["content"][0]: b["seed"] for b in drawn}

    both = seeds(["a", "b"], 0)
    assert both["a"] != both["b"]
    assert seeds(["b"], 0) == {"b": both["b"]}
    assert seeds(["b"], 1)["b"] != both["b"]
    assert 0 <= both["a"] < 2**31


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("Unsupported 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("unknown field: seed", "seed"),
        ("top_logprobs must be at most 5", "top_logprobs"),
    ],
)
def test_dialects(said: str, field: str) -> None:
    def script(body: Body, before: int) -> Answer:
        if field in body and not (field == "top_logprobs" and body[field] <= 5):
            return Answer({"error": {"message": said}}, status=400)
        return well(body, before)

    e, stub = ask(script)
    assert len(e.samples) == 3
    assert e.answer.logprobs is not None
    assert len(stub.asked) == 5  # learnt once
    if field == "max_tokens":
        assert [b["max_completion_tokens"] for b in stub.asked[1:]] == [32, 32, 1, 16]


def test_few_top_logprobs_are_no_more_than_wanted() -> None:
    dialect = Dialect()
    assert dialect.learn({"top_logprobs": 20}, "top_logprobs: at most 5")
    assert [dialect.translate({"top_logprobs": k})["top_logprobs"] for k in (20, 2)] == [5, 2]
    assert not dialect.learn({"model": "toy"}, "the prompt is too long")


def test_server_that_refuses_logprobs() -> None:
    def script(body: Body, before: int) -> Answer:
        if "logprobs" in body:
            return Answer({"error": "logprobs are not supported"}, status=422)
        return well(body, before)

    e, _ = ask(script)
    assert e.answer.text == "Lima"
    assert e.answer.logprobs is None
    assert e.p_true is None
    assert e.stated == pytest.approx(0.8)
    assert "no log-probs" in e.missing["logprobs"]
    assert {"entropies", "top", "p_true", "logprobs of samples"} <= set(e.missing)


def test_server_without_logprobs() -> None:
    e, _ = ask(always(Answer(completion(choice("Lima")))))
    assert e.answer.logprobs is None
    assert "no log-probs" in e.missing["logprobs"]
    assert e.p_true is None
    assert "no top log-probs" in e.missing["p_true"]
    assert e.stated is None
    assert "'Lima'" in e.missing["stated"]


def test_p_true_without_either_word_or_scaled() -> None:
    spot = entry("Yes", -0.1, ("Yes", -0.1), ("No", -3.0))
    e, _ = ask(always(Answer(completion(choice("Yes", [spot])))), Plan(p_true=True))
    assert e.p_true is None
    assert e.missing["p_true"].startswith("neither True nor False")
    assert "'Yes', 'No'" in e.missing["p_true"]
    e, _ = ask(always(Answer(completion(choice("True", [entry("True", -0.1)])))), Plan(p_true=True))
    assert e.p_true is None
    assert "no top log-probs" in e.missing["p_true"]
    spot = entry("True", 0.0, ("True", 0.0), ("False", -9999.0))
    e, _ = ask(always(Answer(completion(choice("True", [spot])))), Plan(p_true=True))
    assert e.p_true is None
    assert "scales" in e.missing["p_true"]


def test_empty_answer_is_no_error() -> None:
    e, _ = ask(always(Answer(completion(choice(None, [], "length")))), Plan(logprobs=True))
    assert (e.answer.text, e.answer.tokens, e.answer.finished) == ("", (), False)
    assert e.answer.logprobs.shape == (0,)


def test_server_down() -> None:
    url = closed_url()
    begin = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        list(replace(client(url), first_wait=0.2).generate([PERU], Plan()))
    assert time.perf_counter() - begin >= 0.5 * (0.2 + 0.4)
    for word in (url, "cannot be reached", "tries: 3", "is the server running"):
        assert word in str(caught.value)


def test_slow_server() -> None:
    with serving(always(Answer(completion(LIMA_CHOICE), delay=0.4))) as stub:
        model = replace(client(stub.url), timeout=0.1, retries=1)
        with pytest.raises(ModelError, match=r"no answer within 0.1 s.*tries: 2.*raise `timeout`"):
            list(model.generate([PERU], Plan()))
    assert len(stub.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_server_is_asked_again(status: int) -> None:
    def script(body: Body, before: int) -> Answer:
        return well(body, before) if before >= 2 else Answer("busy", status=status)

    e, stub = ask(script, Plan())
    assert e.answer.text == "Lima"
    assert len(stub.asked) == 3


def test_busy_server_is_given_up() -> None:
    said = failure(always(Answer({"error": "overloaded"}, status=503)))
    assert "HTTP 503" in said
    assert "overloaded" in said
    assert "tries: 3" in said


def test_retry_after_is_waited_for() -> None:
    def script(body: Body, before: int) -> Answer:
        busy = Answer("busy", status=429, headers={"Retry-After": "0.3"})
        return well(body, before) if before else busy

    begin = time.perf_counter()
    ask(script, Plan())
    assert time.perf_counter() - begin >= 0.3


def test_too_long_a_retry_after_is_not() -> None:
    busy = Answer("quota", status=429, headers={"Retry-After": "3600"})
    begin = time.perf_counter()
    assert "asks to wait 3600 s" in failure(always(busy))
    assert time.perf_counter() - begin < 3


@pytest.mark.parametrize(
    "body", [b"<html>proxy login</html>", b"", {"detail": "x" * 999}, {"choices": []}, b"\xff\xfe"]
)
def test_garbage(body: object) -> None:
    said = failure(always(Answer(body)))
    assert "no chat completion" in said
    assert len(said) < 500
    if body == b"<html>proxy login</html>":
        assert "proxy login" in said


def test_unknown_model_shows_what_the_server_says() -> None:
    said = failure(always(Answer({"error": "model 'toy' not found"}, status=404)))
    assert "HTTP 404" in said
    assert "model 'toy' not found" in said


@pytest.mark.parametrize("status", [401, 403])
def test_key_is_asked_for_and_never_shown(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    script = always(Answer({"error": "bad key sk-secret-1"}, status=status))
    said = failure(script)
    assert "OPENAI_API_KEY is not set" in said
    monkeypatch.setenv("OPENAI_API_KEY", " sk-secret-1\n")
    said = failure(script)
    assert "OPENAI_API_KEY is refused" in said
    assert "sk-secret-1" not in said
    said = failure(always(Answer({"error": "bad key sk-secret-1"}, status=404)))
    assert "***" in said
    assert "sk-secret-1" not in said


def test_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1\n")
    _, stub = ask(well, Plan())
    assert stub.headers[0]["Authorization"] == "Bearer sk-secret-1"
    monkeypatch.setenv("OPENAI_API_KEY", "schlüssel")
    with serving(well) as stub, pytest.raises(ModelError) as caught:
        list(client(stub.url).generate([PERU], Plan()))
    said = str(caught.value)
    assert "not printable ASCII" in said
    assert "schlüssel" not in said


def test_no_key_no_header() -> None:
    _, stub = ask(well, Plan())
    assert "Authorization" not in stub.headers[0]


def test_one_refused_prompt_does_not_stop_the_others() -> None:
    def script(body: Body, before: int) -> Answer:
        if body["messages"][0]["content"].startswith("long"):
            return Answer({"error": "prompt is longer than the context"}, status=400)
        return replace(well(body, before), delay=0.05)

    got, seen = {}, []
    prompts = ["long", *"abcdefgh", "longer"]
    with serving(script) as stub:
        model = replace(client(stub.url), concurrency=2)
        results = model.generate(prompts, Plan(samples=2), progress=seen.append)
        with pytest.raises(ModelError) as caught:
            got.update(results)
    assert {i: e.prompt for i, e in got.items()} == dict(enumerate(prompts[1:9], start=1))
    assert seen == [1] * 8
    said = str(caught.value)
    assert said.startswith("prompt 0 ('long')")
    assert "longer than the context" in said
    assert "2 of 10 prompts failed" in said
    assert stub.url in said
    assert stub.at_once == 2


def test_what_is_finished_comes_before_the_error() -> None:
    def script(body: Body, before: int) -> Answer:
        return Answer("gone", status=410) if before >= 3 else well(body, before)

    got = {}
    with serving(script) as stub:
        results = replace(client(stub.url), concurrency=1).generate([*"abcdefgh"], Plan())
        with pytest.raises(ModelError, match="HTTP 410"):
            got.update(results)
    assert sorted(got) == [0, 1, 2]
    assert len(stub.asked) <= 5  # the rest was not tried


def test_generator_left_early_stops_asking() -> None:
    with serving(lambda b, k: replace(well(b, k), delay=0.02)) as stub:
        results = replace(client(stub.url), concurrency=1).generate([*"abcdefgh"] * 5, Plan())
        next(results)
        results.close()
        assert len(stub.asked) <= 5


def test_generator_left_while_a_request_waits_for_its_next_try() -> None:
    def script(body: Body, before: int) -> Answer:
        return Answer("busy", status=503, headers={"Retry-After": "9"}) if before else well(body, 0)

    begin = time.perf_counter()
    with serving(script) as stub:
        results = replace(client(stub.url), concurrency=1).generate([*"ab"], Plan())
        next(results)
        while len(stub.asked) < 2:
            time.sleep(0.01)
        time.sleep(0.1)
        results.close()
        assert len(stub.asked) == 2
    assert time.perf_counter() - begin < 5


def test_no_prompts() -> None:
    assert list(client(closed_url()).generate([], ALL)) == []


@pytest.mark.parametrize(
    "url",
    ["localhost:8000", "ftp://a/v1", "http:///v1", "http://u:pw@a/v1", "http://a/v1?key=1",
     "http://a:99999/v1"],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"base_url|[Pp]ort") as caught:
        OpenAIModel("toy", url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"retries": -1}, {"timeout": 0.0}])
def test_options_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(client("http://a/v1"), **wrong)


def test_name_is_what_it_is_loaded_as() -> None:
    assert client("http://a/v1").name == "openai:toy@http://a/v1"
