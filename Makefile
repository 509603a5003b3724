# The same commands by hand, in hooks and in CI. `make demo` and `make test` need nothing but
# Python 3.11 and pip; they make their own environment in .venv (first time: about two minutes).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TORCH := torch==2.13.0

.PHONY: demo test slow lint check claims docs clean

demo: $(READY)  ## the main job: 120 real questions, a table, an HTML report
	@echo "dubito: 120 questions to SmolLM2-135M, 11 answers each; two to three minutes on two cores,"
	@echo "        seconds the second time (the evidence is kept in runs/demo)."
	@$(BIN)/dubito bench --data facts --n 120 --out runs/demo

test: $(READY)  ## all fast tests; about five minutes on two cores
	@echo "dubito: the tests, on two processes; about five minutes"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

slow: $(READY)  ## every test, also those that take minutes
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --slow

lint: $(READY)  ## format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

check: lint  ## format, lint, types (pyright brings its own node the first time)
	@$(BIN)/pyright --pythonpath $(BIN)/python

claims: $(READY)  ## every experiment, then the scoreboard
	@$(BIN)/dubito claims run --all
	@$(BIN)/dubito claims report

docs: $(READY)  ## the scoreboard, then the site: a page for each room and each method
	@$(BIN)/dubito claims report
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "runs/site/index.html"

$(READY): pyproject.toml constraints.txt
	@echo "dubito: making $(VENV) (torch for the CPU, transformers, ...); one to three minutes, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@echo "dubito: fetching SmolLM2-135M and MiniLM into the user's cache; about a minute, once"
	@$(BIN)/python -m dubito.models.embedded
	@touch $(READY)

clean:
	rm -rf $(VENV) runs
