import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import dubito
from dubito.claims import shelf
from dubito.claims.shelf import claim_modules, discover, fingerprint, imported, load_claim

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


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import dubito.evidence", ["dubito.evidence"]),
        ("import numpy, dubitor", []),
        ("from dubito.claims import lab", ["dubito.claims.lab"]),
        ("from dubito.claims.lab import Claim", ["dubito.claims.lab.Claim", "dubito.claims.lab"]),
        ("def f():\n    from dubito.claims import lab", ["dubito.claims.lab"]),
    ],
)
def test_imports_below_dubito(code: str, names: list[str]) -> None:
    assert list(imported(code.encode(), Path("x.py"))) == names


def test_fingerprint_sees_what_is_imported_however_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change in a module that an imported module imports makes another fingerprint."""
    package = import_module("dubito")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    (tmp_path / "shelf_top.py").write_text("from dubito.shelf_middle import x\n")
    (tmp_path / "shelf_middle.py").write_text("from dubito import shelf_deep\nx = 1\n")
    (tmp_path / "shelf_deep.py").write_text("y = 1\n")
    (tmp_path / "shelf_apart.py").write_text("z = 1\n")
    before = fingerprint("dubito.shelf_top")
    (tmp_path / "shelf_apart.py").write_text("z = 2\n")
    assert fingerprint("dubito.shelf_top") == before
    (tmp_path / "shelf_deep.py").write_text("y = 2\n")
    assert fingerprint("dubito.shelf_top") != before


DOES = 'def f(x):\n    """Says."""\n    return x + 1\nCLAIM = Claim(margin=1, tried="a")\n'


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("Says", "Tells"), True),
        (('tried="a"', 'tried="a" "b"'), True),
        (("x + 1", "x+1  # one more"), True),
        (("x + 1", "x + 2"), False),
        (("margin=1", "margin=2"), False),
        (('"""Says."""\n    ', ""), True),
    ],
)
def test_words_do_not_make_a_claim_old_and_code_does(change: tuple[str, str], same: bool) -> None:
    changed = DOES.replace(*change)
    assert changed != DOES
    assert (shelf.meaning(changed.encode()) == shelf.meaning(DOES.encode())) == same


def test_a_body_of_words_alone_keeps_its_meaning() -> None:
    """A Protocol's method is a docstring and nothing else."""
    assert shelf.meaning(b'def f():\n    """A."""\n') == shelf.meaning(b'def f():\n    """B."""\n')


def test_what_was_tried_is_read_from_the_source() -> None:
    claim = load_claim("dubito.claims.decide.cip")
    assert shelf.tried("dubito.claims.decide.cip") == claim.tried != ""
    assert shelf.tried("dubito.claims.estimate.sar") == ""


def test_fingerprint_leaves_a_rooms_table_out() -> None:
    """A new row in METHODS does not make a claim old; a change in its estimator does."""
    found = set(closure("dubito.claims.estimate.g_nll"))
    assert "dubito.estimate.surprise" in found
    assert "dubito.claims.lab" in found
    assert "dubito.estimate" not in found


def closure(module: str) -> list[str]:
    """The modules that a fingerprint reads."""
    seen: list[str] = []
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = shelf.source(name)
        if name not in seen and path is not None:
            seen.append(name)
            waiting += imported(path.read_bytes(), path)
    return seen
