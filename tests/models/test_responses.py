"""Stored chat completions and bare strings, read into evidence."""

import math

import numpy as np
import pytest
from stub_server import HALF, LIMA, QUARTER, choice, completion, entry

from dubito.evidence import Missing, Plan
from dubito.models.offsets import char_offsets
from dubito.models.responses import read_choice
from dubito.models.stored import evidence_from_response, evidence_from_texts


def test_one_choice_by_hand() -> None:
    """Entropy of "Li": listed 1/2, 1/4 and a missing 1/4, which weighs least as one chunk of 1/4:
    1/2 log 2 + 1/4 log 4 + 1/4 log 4 = 1.5 log 2. "ma" is certain: 0, and 0 above too."""
    got = read_choice(choice("Lima", LIMA))
    s = got.sequence
    assert s.text == "Lima"
    assert s.tokens == ("Li", "ma")
    np.testing.assert_array_equal(s.offsets, [[0, 2], [2, 4]])
    np.testing.assert_allclose(s.logprobs, [HALF, 0])
    np.testing.assert_allclose(s.entropies, [1.5 * math.log(2), 0], atol=1e-12)
    np.testing.assert_array_equal(s.entropies_upper, [math.inf, 0])
    np.testing.assert_array_equal(s.top.logprobs, [[HALF, QUARTER], [0, -math.inf]])
    np.testing.assert_array_equal(s.top.ids, [[-1, -1], [-1, -1]])
    assert s.uniform_kl is None
    assert set(got.missing) == {"uniform_kl", "uniform_renyi"}


def test_zero_is_a_certain_token_and_never_negative_zero() -> None:
    s = read_choice(choice("a", [entry("a", -0.0, ("a", 1e-5))])).sequence
    assert not np.signbit(s.logprobs).any()
    assert s.top.logprobs[0, 0] == 0


@pytest.mark.parametrize("value", [None, -9999.0, -12000.0, "x", True, math.nan, -math.inf])
def test_unknown_logprob_of_a_chosen_token_is_never_a_number(value: object) -> None:
    got = read_choice(choice("ab", [entry("a", -1.0), entry("b", value)]))
    assert got.sequence.logprobs is None
    assert got.missing["logprobs"] == "the server gave no log-prob for token 1, 'b'"
    assert got.missing["entropies"] == got.missing["logprobs"]


def test_list_of_alternatives_ends_where_one_has_no_logprob() -> None:
    spot = entry("a", HALF, ("a", HALF), ("b", None), ("c", QUARTER))
    s = read_choice(choice("a", [spot])).sequence
    np.testing.assert_allclose(s.top.logprobs, [[HALF]])


@pytest.mark.parametrize(
    "spot",
    [
        entry("a", 0.5),
        entry("a", HALF, ("a", HALF), ("b", math.log(0.6))),
        entry("a", HALF, ("a", 800.0)),
    ],
)
def test_more_than_probability_one_is_refused(spot: dict) -> None:
    got = read_choice(choice("a", [spot]))
    assert got.sequence.logprobs is None
    assert "above those of a probability" in got.missing["logprobs"]


def test_scaled_distribution_is_recognised() -> None:
    frozen = [entry(t, 0.0, (t, 0.0), ("z", -9999.0)) for t in "ab"]
    got = read_choice(choice("ab", frozen))
    assert got.sequence.logprobs is None
    assert "scales log-probs" in got.missing["logprobs"]
    # One honest token is enough to trust the server; so is a certain one without alternatives.
    assert read_choice(choice("Lima", LIMA)).sequence.logprobs is not None
    assert read_choice(choice("a", [entry("a", 0.0, ("a", 0.0))])).sequence.logprobs is not None


def test_alternatives_are_sorted_and_shorter_lists_padded() -> None:
    spots = [
        entry("b", QUARTER, ("b", QUARTER), ("a", HALF), ("c", math.log(0.1))),
        entry("x", HALF, ("x", HALF)),
    ]
    spots[0]["top_logprobs"][1]["id"] = 7
    top = read_choice(choice("bx", spots)).sequence.top
    np.testing.assert_allclose(np.exp(top.logprobs), [[0.5, 0.25, 0.1], [0.5, 0, 0]])
    np.testing.assert_array_equal(top.ids, [[7, -1, -1], [-1, -1, -1]])


def test_drawn_token_put_first_is_not_one_of_the_likeliest() -> None:
    """vLLM: "z" pushed the third likeliest out; kept, it would cap the unseen tokens at 0.01."""
    spot = entry("z", math.log(0.01), ("z", math.log(0.01)), ("a", HALF), ("b", QUARTER))
    s = read_choice(choice("z", [spot])).sequence
    np.testing.assert_allclose(s.top.logprobs, [[HALF, QUARTER]])
    np.testing.assert_allclose(s.entropies, [1.5 * math.log(2)])  # as in the first test


@pytest.mark.parametrize(
    "logprobs", [None, "text", {}, {"content": None}, {"content": "x"}, {"content": [3]},
                 {"tokens": ["a"], "token_logprobs": [-1.0]}],
)  # fmt: skip
def test_no_readable_logprobs(logprobs: object) -> None:
    got = read_choice({**choice("a"), "logprobs": logprobs})
    assert got.sequence.text == "a"
    assert got.sequence.logprobs is None
    assert got.sequence.tokens == ()
    assert "no log-probs" in got.missing["logprobs"]


def test_no_top_logprobs() -> None:
    got = read_choice(choice("ab", [entry("a", -1.0, ("a", -1.0)), entry("b", -2.0)]))
    np.testing.assert_array_equal(got.sequence.logprobs, [-1, -2])
    assert got.sequence.top is None
    assert got.sequence.entropies is None
    assert "no top log-probs" in got.missing["entropies"]
    assert "logprobs" not in got.missing


@pytest.mark.parametrize(("text", "finish"), [("", "stop"), (None, "length")])
def test_empty_answer_has_no_tokens(text: str | None, finish: str) -> None:
    s = read_choice(choice(text, [], finish)).sequence
    assert (s.text, s.tokens) == ("", ())
    assert s.logprobs.shape == s.entropies.shape == s.entropies_upper.shape == (0,)
    assert s.offsets.shape == (0, 2)
    assert len(s.top.logprobs) == 0
    assert s.finished == (finish == "stop")


def test_empty_answer_without_logprobs_is_not_certain() -> None:
    assert read_choice(choice("")).sequence.logprobs is None


def test_reasoning_hides_the_answers_logprobs() -> None:
    thinking = choice("Lima", LIMA)
    thinking["message"]["reasoning_content"] = "Peru ..."
    got = read_choice(thinking)
    assert got.sequence.logprobs is None
    assert "reasoning" in got.missing["logprobs"]


def test_refusal_is_the_answer() -> None:
    refused = choice(None, None)
    refused["message"]["refusal"] = "No."
    refused["logprobs"] = {"content": None, "refusal": [entry("No.", -1.0)]}
    s = read_choice(refused).sequence
    assert s.text == "No."
    assert s.logprobs[0] == -1


def test_offsets_of_a_character_spread_over_tokens() -> None:
    """The llama is four bytes, F0 9F A6 99; the token that completes it has it."""
    parts = [b"a", b"\xf0\x9f", b"\xa6", b"\x99b", b"c"]
    got = char_offsets("a🦙bc", parts)
    np.testing.assert_array_equal(got, [[0, 1], [1, 1], [1, 1], [1, 3], [3, 4]])


def test_offsets_cover_the_text_in_order() -> None:
    text = "Zürich 🦙\n日本"
    data = text.encode()
    for size in (1, 2, 3, 5):
        got = char_offsets(text, [data[i : i + size] for i in range(0, len(data), size)])
        assert "".join(text[a:b] for a, b in got) == text
        np.testing.assert_array_equal(got[1:, 0], got[:-1, 1])


def test_offsets_with_stripped_space_and_end_token() -> None:
    got = char_offsets("a b", [b"\n", b" a", b" b", b"<|im_end|>"])
    np.testing.assert_array_equal(got, [[0, 0], [0, 1], [1, 3], [3, 3]])


@pytest.mark.parametrize("parts", [[b"b"], [b"\xef\xbf\xbd", b"a"], []])
def test_offsets_of_tokens_that_do_not_spell_the_text(parts: list[bytes]) -> None:
    assert char_offsets("a", parts) is None


def test_bytes_that_are_none_are_made_from_the_token() -> None:
    spots = [entry("é", -1.0), entry("a", -1.0)]
    spots[0]["bytes"], spots[1]["bytes"] = None, [300]
    np.testing.assert_array_equal(
        read_choice(choice("éa", spots)).sequence.offsets, [[0, 1], [1, 2]]
    )


def test_evidence_from_response() -> None:
    response = completion(choice("Lima", LIMA), choice("Cusco"), choice("Li", LIMA[:1], "length"))
    e = evidence_from_response("Peru?", response)
    assert (e.prompt, e.answer.text) == ("Peru?", "Lima")
    assert [s.text for s in e.samples] == ["Cusco", "Li"]
    assert [s.finished for s in e.samples] == [True, False]
    assert "no log-probs" in e.missing["logprobs of samples"]
    assert e.missing["logprobs of samples"].startswith("sample 0: ")
    assert "logprobs" not in e.missing


@pytest.mark.parametrize(
    "response",
    [{}, {"choices": []}, {"choices": "x"}, {"choices": [{}]}, [1], "text",
     {"choices": [{"message": {"content": 3}}]}, {"error": "x" * 500}],
)  # fmt: skip
def test_other_things_are_no_response(response: object) -> None:
    with pytest.raises(ValueError, match="not a chat completion") as caught:
        evidence_from_response("q", response)
    assert len(str(caught.value)) < 260


def test_evidence_from_texts() -> None:
    e = evidence_from_texts("Peru?", "Lima", ["Lima", "Cusco"])
    assert e.answer.text == "Lima"
    assert [s.text for s in e.samples] == ["Lima", "Cusco"]
    assert e.answer.logprobs is None
    assert set(e.missing.values()) == {"only text was given"}
    with pytest.raises(Missing):
        e.only(Plan(samples=3))
