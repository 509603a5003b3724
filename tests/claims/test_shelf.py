import tomllib
from pathlib import Path

import pytest

import dubito
from dubito.claims import shelf
from dubito.claims.reached import digest
from dubito.claims.shelf import claim_modules, discover, fingerprint, load_claim

KEYS = tomllib.loads((Path(dubito.__file__).parent / "bibliography.toml").read_text("utf-8"))


def test_ids_are_kebab_case_of_their_files() -> None:
    modules = claim_modules()
    assert modules["g-nll"] == "dubito.claims.estimate.g_nll"
    assert all(i.replace("-", "_") == m.rpartition(".")[2] for i, m in modules.items())


def test_every_claim_names_its_paper_its_figure_and_its_size() -> None:
    for claim_id, claim in discover().items():
        assert claim.paper in KEYS, f"{claim_id}: no paper {claim.paper!r} in bibliography.toml"
        assert claim.paper_figure, claim_id
        assert claim.size, claim_id


def test_every_claim_says_what_it_claims() -> None:
    for module in claim_modules().values():
        said = shelf.statement(module)
        assert said.endswith("."), module
        assert len(said) > 30, module


def test_one_id_in_two_rooms_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("one", "two"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
        (tmp_path / room / "same_name.py").touch()
    monkeypatch.setattr(shelf.dubito.claims, "__path__", [str(tmp_path)])
    with pytest.raises(ValueError, match="'same-name' is in two rooms"):
        claim_modules()


def test_a_module_without_a_claim_is_refused() -> None:
    with pytest.raises(TypeError, match="CLAIM = Claim"):
        load_claim("dubito.claims.verdict")


def test_a_fingerprint_is_of_the_lab_too() -> None:
    """The same claim judged by another lab is another experiment."""
    module = claim_modules()["sar"]
    assert fingerprint(module) == digest(module, "dubito.claims.lab.run_claim") != digest(module)


def test_what_was_tried_is_read_from_the_source() -> None:
    claim = load_claim("dubito.claims.decide.cip")
    assert shelf.tried("dubito.claims.decide.cip") == claim.tried != ""
    assert shelf.tried("dubito.claims.estimate.sar") == ""
