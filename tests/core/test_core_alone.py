"""What works with the core dependencies: import, score and keep strings, name the extras."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ALONE = importlib.util.find_spec("torch") is None


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_nothing_heavy() -> None:
    told = run(
        "import sys, dubito; "
        "heavy = {'torch', 'transformers', 'sklearn', 'scipy', 'pyarrow', 'numpy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert told == "[]"


def test_black_box_evidence_is_scored_without_torch() -> None:
    code = """
import sys, dubito
said = dubito.evidence_from_texts("Capital of Peru?", "Lima", ["Lima", "Lima", "Cusco"])
scores = dubito.score(said, dubito.estimators(["lexical-similarity", "g-nll"], samples=3))
lexical = round(scores["lexical-similarity"].doubt, 4)
print(lexical, scores["g-nll"].reason[:11], "torch" in sys.modules)
"""
    # pairs: (Lima, Lima) 1, twice (Lima, Cusco) 0: similarity 1/3, doubt 2/3
    assert run(code) == "0.6667 only text w False"


def test_evidence_is_kept_and_read_again(tmp_path: Path) -> None:
    """Under a name that is a string, as users write it."""
    code = f"""
import dubito
said = dubito.evidence_from_texts("Capital of Peru?", "Lima", ["Lima", "Cusco"])
dubito.write_evidence({str(tmp_path / "kept.parquet")!r}, [said])
print(*(s.text for s in dubito.read_evidence({str(tmp_path / "kept.parquet")!r})[0].samples))
"""
    assert run(code) == "Lima Cusco"


@pytest.mark.skipif(not ALONE, reason="torch is installed here; .ci/run has an environment without")
def test_a_local_model_names_its_extra() -> None:
    import dubito
    from dubito.extras import MissingExtra

    with pytest.raises(MissingExtra, match=r"dubito\[hf\]"):
        dubito.load("smollm2")
