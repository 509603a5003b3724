"""P(True) asked for again: the prompts, replies read by hand, a scripted model, what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import PTrue
from dubito.estimate.asked.judged import (
    drawn_verdicts,
    judge_prompt,
    judge_samples,
    read_verdict,
    verdict,
)
from dubito.estimate.asked.options import AS_IT_IS
from dubito.estimate.asked.p_true import PTrueEmpirical, PTrueSampled
from dubito.evidence import Evidence, Missing, Sequence

FIRST = Evidence("Capital of Peru?", Sequence("Lima"), (Sequence("Lima"), Sequence("Cus\nco")))


def scripted(p_true: float, p_false: float):
    """A model whose whole replies True and False have these probabilities."""

    def read(prompt, answers, generation):
        assert generation == AS_IT_IS
        p = {"True": p_true, "False": p_false}
        read = [Sequence(a, (a,), logprobs=np.log([p[a]])) for a in answers]
        return Evidence(prompt, read[0], tuple(read[1:]))

    return read


def replies(*texts: str) -> tuple[Evidence, ...]:
    """The question and the verdicts of these sampled replies."""
    judged = Evidence("judge", Sequence("True"), tuple(map(Sequence, texts)))
    return (FIRST, *drawn_verdicts(judged))


def test_prompts() -> None:
    """Each drawn answer once a line, in their order, before the proposed one."""
    lines = judge_samples(FIRST, 2).split("\n")
    assert lines[0] == "Question: Capital of Peru?"
    assert lines[2:4] == ["- Lima", "- Cus co"]
    assert lines[4] == "Proposed answer: Lima"
    assert "Cus" not in judge_samples(FIRST, 1)
    plain = judge_prompt("Capital of Peru?", "Lima").split("\n")
    assert plain == [lines[0], *lines[4:]]


def test_sampled_by_hand() -> None:
    """Whole replies True 0.3 and False 0.1: P(True) = 0.75, doubt 0.25."""
    method = PTrueSampled(2)
    judged = read_verdict(scripted(0.3, 0.1), method.prompt(FIRST), "Lima")
    assert judged.p_true == pytest.approx(0.75)
    assert method([FIRST, judged]).doubt == pytest.approx(0.25)
    assert method([FIRST, judged]) == PTrue()(judged)  # its relative


def test_sampled_reads_the_verdict_beside_its_own_samples_only() -> None:
    method = PTrueSampled(2)
    plain = judge_prompt(FIRST.prompt, "Lima")
    with pytest.raises(ValueError, match=r"ask with `prompt\(first\)`"):
        method([FIRST, Evidence(plain, FIRST.answer, p_true=0.5)])
    good = Evidence(method.prompt(FIRST), FIRST.answer, p_true=0.5)
    assert method([FIRST, good, FIRST]).doubt == 0.5
    with pytest.raises(Missing, match="p_true"):
        method([FIRST, replace(good, p_true=None)])
    with pytest.raises(Missing, match="at least 5"):
        PTrueSampled()([FIRST, good])
    with pytest.raises(Missing, match="1 ways"):
        method([FIRST])
    with pytest.raises(ValueError, match="samples"):
        PTrueSampled(0)


def test_sampled_falls_as_the_verdict_rises() -> None:
    method = PTrueSampled(2)
    p = (0.0, 0.2, 0.9, 1.0)
    doubts = [
        method([FIRST, Evidence(method.prompt(FIRST), FIRST.answer, p_true=v)]).doubt for v in p
    ]
    assert doubts == pytest.approx([1.0, 0.8, 0.1, 0.0])


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("True", True),
        (" true.", True),
        ("False", False),
        ("FALSE\n", False),
        ("It is true, true indeed.", True),
        ("True or False?", None),
        ("That is not true.", None),
        ("This isn't true.", None),
        ("Untrue", None),
        ("Yes", None),
        ("", None),
    ],
)
def test_verdicts(reply: str, said: bool | None) -> None:
    assert verdict(reply) is said


def test_empirical_by_hand() -> None:
    """3 of 4 readable verdicts say true: doubt 1/4; variance of 1, 1, 1, 0 is 1/4, / 4: 1/16."""
    score = PTrueEmpirical()(replies("True", "false", "True.", "maybe", "true"))
    assert score.doubt == pytest.approx(0.25)
    assert score.standard_error == pytest.approx(0.25)
    assert score.parts == {"unread": pytest.approx(0.2)}


def test_empirical_extremes() -> None:
    assert PTrueEmpirical()(replies("True", "True")).doubt == 0
    assert PTrueEmpirical()(replies("False", "False")).doubt == 1
    assert PTrueEmpirical()(replies("False")).standard_error is None
    with pytest.raises(Missing, match="none of 2 replies"):
        PTrueEmpirical()(replies("Yes", "No"))
    with pytest.raises(Missing, match="1 ways"):
        PTrueEmpirical()(replies())
    wrong = replace(FIRST, stated=75.0)
    with pytest.raises(ValueError, match="fraction"):
        PTrueEmpirical()([FIRST, wrong])


def test_empirical_is_of_the_verdicts_and_not_of_the_first_way() -> None:
    way = replies("True", "False")
    assert PTrueEmpirical()((replace(FIRST, stated=0.0), *way[1:])).doubt == 0.5


def test_what_a_reply_without_verdict_says_is_missing() -> None:
    _, said, unsaid = replies("True", "Hm")
    assert (said.stated, dict(said.missing)) == (1.0, {})
    assert unsaid.stated is None
    assert "Hm" in unsaid.missing["stated"]


def test_empirical_approaches_what_is_read() -> None:
    """Verdicts drawn with P(True) = 0.7: the share is within 5 standard errors of 0.3."""
    rng = np.random.default_rng(0)
    n = 2000
    said = ["True" if u < 0.7 else "False" for u in rng.random(n)]
    score = PTrueEmpirical()(replies(*said))
    exact = math.sqrt(0.21 / n)
    assert abs(score.doubt - 0.3) < 5 * exact
    assert score.standard_error == pytest.approx(exact, rel=0.1)
