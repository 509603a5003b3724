from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from dubito.claims.lab import Claim, Origin, run_claim, run_seed
from dubito.claims.record import Result, read_result, read_results, write_result
from dubito.maths.ranking import auroc

ORIGIN = Origin("toy", "estimate", "It says something.", "abc")


@dataclass(frozen=True)
class Toy:
    """Labels that a signal with a known part of noise predicts."""

    signal: np.ndarray
    noise: np.ndarray
    wrong: np.ndarray

    def shuffled(self, rng: np.random.Generator) -> "Toy":
        return replace(self, wrong=rng.permutation(self.wrong))


def toy(seed: int, *, n: int = 200) -> Toy:
    rng = np.random.default_rng(seed)
    wrong = rng.uniform(size=n) < 0.5
    return Toy(wrong + rng.normal(size=n), rng.normal(size=n), wrong)


def by_signal(world: Toy) -> float:
    return auroc(world.signal, world.wrong)


def by_noise(world: Toy) -> float:
    return auroc(world.noise, world.wrong)


TOY = Claim(
    world=toy,
    ours=by_signal,
    baselines={"noise": by_noise},
    margin=0.1,
    paper="nobody2024",
    paper_figure="none",
)


def run(claim: Claim[Toy], *, smoke: bool = False) -> Result:
    return run_claim(claim, ORIGIN, smoke=smoke)


def test_a_true_claim_holds_and_its_null_is_flat() -> None:
    result = run(TOY)
    assert result.verdict == "holds"
    assert result.effect == pytest.approx(np.mean(result.ours) - np.mean(result.baselines["noise"]))
    assert result.effect == pytest.approx(0.76 - 0.5, abs=0.05)  # Phi(1 / sqrt 2) = 0.760
    assert abs(result.null_effect) < 0.05


def test_a_wrong_method_turns_the_claim_red() -> None:
    assert run(replace(TOY, ours=lambda w: 1 - by_signal(w))).verdict == "not reproduced"


def test_a_gain_without_the_truth_turns_the_claim_red() -> None:
    """A measure that gains whatever the labels are is caught by the null alone."""
    cheat = run(replace(TOY, ours=lambda w: by_noise(w) + 0.2))
    assert cheat.interval.low > cheat.margin
    assert cheat.verdict == "not reproduced"
    assert "null" in cheat.reason


def test_lower_is_better_turns_the_gain() -> None:
    turned = replace(
        TOY,
        ours=lambda w: 1 - by_signal(w),
        baselines={"noise": lambda w: 1 - by_noise(w)},
        higher_is_better=False,
    )
    assert run(turned).effect == pytest.approx(run(TOY).effect)
    assert run(turned).verdict == "holds"


def test_same_seeds_same_numbers() -> None:
    first, second = run(TOY), run(TOY)
    same = replace(second, seconds=first.seconds)
    assert same == first
    assert first.seeds == list(range(1000, 1010))


def test_fresh_seeds_are_others() -> None:
    assert run(replace(TOY, first_seed=2000)).ours != run(TOY).ours


def test_the_null_shuffles_nothing_but_the_truth() -> None:
    world = toy(5)
    trial = run_seed(TOY, world, 5)
    assert trial.ours == by_signal(world)
    assert trial.null != trial.ours
    same = run_seed(replace(TOY, null=lambda w, _: w), world, 5)
    assert (same.null, same.null_baselines) == (same.ours, same.baselines)


def test_conditions_decide() -> None:
    unmet = run(replace(TOY, checks={"signal above 0.9": lambda w: by_signal(w) - 0.9}))
    assert unmet.verdict == "holds weakly"
    assert unmet.checks["signal above 0.9"] == pytest.approx(np.mean(unmet.ours) - 0.9)


def test_smoke_has_no_verdict_and_a_tiny_world() -> None:
    sizes: list[int] = []

    def tiny(seed: int) -> Toy:
        sizes.append(seed)
        return toy(seed, n=20)

    result = run(replace(TOY, tiny=tiny), smoke=True)
    assert result.verdict == "smoke"
    assert sizes == result.seeds == [0, 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"baselines": {}}, "at least one baseline"),
        ({"seeds": 2}, "seeds must be at least 3"),
        ({"margin": -0.1}, "margin must be at least 0"),
        ({"margin": float("nan")}, "margin must be at least 0"),
        ({"scale_reason": "too small"}, "mechanism"),
    ],
)
def test_a_claim_that_could_not_fail_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(TOY, **change)


def test_a_measure_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        run(replace(TOY, ours=lambda _: float("nan")))


def test_record_survives_the_disk(tmp_path: Path) -> None:
    result = run(TOY)
    write_result(result, tmp_path / "deep" / "toy.json")
    assert read_result(tmp_path / "deep" / "toy.json") == result
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["toy.json"]  # nothing left aside


def test_smoke_records_are_no_results(tmp_path: Path) -> None:
    write_result(run(TOY), tmp_path / "toy.json")
    write_result(run(TOY, smoke=True), tmp_path / "toy.smoke.json")
    assert [r.verdict for r in read_results(tmp_path)] == ["holds"]


@pytest.mark.parametrize("text", ["", "{}", '{"interval": [0, 1]', "[]"])
def test_broken_record_says_which(tmp_path: Path, text: str) -> None:
    (tmp_path / "toy.json").write_text(text)
    with pytest.raises(ValueError, match=r"toy\.json holds no claim result"):
        read_results(tmp_path)
