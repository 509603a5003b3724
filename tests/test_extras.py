"""What is not installed is named with the extra that brings it."""

import sys
from pathlib import Path

import pytest

from dubito.extras import MissingExtra, lazy_names, made, named


def test_a_name_is_found_in_its_home() -> None:
    found = lazy_names("here", {"pi": "math", "Fraction": "fractions"})
    assert found("pi") == named("math", "pi") > 3
    assert made("fractions", "Fraction", numerator=1, denominator=2) == found("Fraction")(1, 2)
    with pytest.raises(AttributeError, match="'here' has no attribute 'tau'"):
        found("tau")


def test_what_a_home_lacks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needs_peft.py").write_text("import peft.tuners\nanything = 1\n")
    (tmp_path / "needs_nobody.py").write_text("import nobody_knows_this\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "peft", None)
    found = lazy_names("here", {"anything": "needs_peft", "other": "needs_nobody"})
    with pytest.raises(MissingExtra, match=r"dubito\[train\]"):
        found("anything")
    with pytest.raises(ModuleNotFoundError, match="nobody_knows_this"):
        found("other")
