# Each target sets up what it needs, then is one line that calls the virtual environment's tools.
# Windows without make: docs/machines.md gives the lines for PowerShell.
PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := uv==0.13.9
DEVELOPER := -c constraints.txt -e ".[book,cloud,dev,search]"

# uv fetches, unpacks and compiles many packages at once, pip one after the other. (Uncompiled, each
# import costs twice as long until Python has stored what it compiles, which PYTHONDONTWRITEBYTECODE
# forbids.) pip does it where uv has no wheel, or doesn't get at the packages: uv goes by settings of
# its own, not by pip's.
install = $(PIP) --only-binary :all: $(UV) 2>/dev/null \
	&& $(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV) $(1) 2>/dev/null \
	|| { echo "uv can't install here; pip does, which takes longer."; $(PIP) $(1); }

.PHONY: run test setup lab tensorboard doctor lint constraints screenshots sheets gallery book slides strip clean
.PHONY: class-release

run: $(BIN)/.learner
	$(BIN)/course run

lab: $(BIN)/.learner
	$(BIN)/course lab

tensorboard: $(BIN)/.learner
	$(BIN)/course tensorboard

doctor: $(BIN)/.learner
	$(BIN)/course doctor

test: $(BIN)/.developer
	$(BIN)/python -m pytest

setup: $(BIN)/.developer
	@mkdir -p build

lint: $(BIN)/.developer
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

# Notebooks are stored without outputs.
strip: $(BIN)/.developer
	$(BIN)/nbstripout --keep-id notebooks/*.ipynb notebooks/solutions/*.ipynb

screenshots: $(BIN)/.developer
	$(BIN)/python -m tools.screenshots

sheets: $(BIN)/.developer
	$(BIN)/python -m tools.sheets

gallery: $(BIN)/.developer
	$(BIN)/python -m tools.gallery

# A site of what `make run` has executed: build/book/html.
book: $(BIN)/.book
	$(BIN)/python -m tools.book

# A deck a lesson, of the same: build/slides. The book has them too, below slides/.
slides: $(BIN)/.book
	$(BIN)/python -m tools.slides

# What a class gets: a zip of the last commit without its solutions, and its checksum.
class-release: $(BIN)/.learner
	$(BIN)/python -m tools.class_release

# Pins every transitive dependency, for Linux, macOS and Windows and Python 3.11 to 3.13; and what a
# GPU needs, which TensorFlow's extra brings.
AND_CUDA := tensorflow[and-cuda] ; sys_platform == 'linux' and platform_machine == 'x86_64'
constraints:
	{ grep -v '^-' requirements.txt; echo "$(AND_CUDA)"; } | uv pip compile --universal \
	    --python-version 3.11 --no-annotate --custom-compile-command "make constraints" \
	    --extra book --extra dev --extra cloud --extra search -o constraints.txt pyproject.toml -

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/.learner: $(BIN)/python requirements.txt constraints.txt pyproject.toml
	@echo "Installing what the lessons need into $(VENV) …"
	@$(call install,-r requirements.txt)
	$(BIN)/python -m utils.networks.onednn
	$(BIN)/python -c "open('$@', 'w')"

$(BIN)/.developer: $(BIN)/.learner
	@echo "Installing what tests and scripts need …"
	@$(call install,$(DEVELOPER))
	$(BIN)/python -c "open('$@', 'w')"

$(BIN)/.book: $(BIN)/.learner
	@echo "Installing what the book needs …"
	@$(call install,-c constraints.txt -e ".[book]")
	$(BIN)/python -c "open('$@', 'w')"

clean:
	rm -rf $(VENV) build

# The course's epoch beside the article's code, Keras, PyTorch and JAX: some 45 minutes on two cores.
# Options: make bench BENCH="--sides course,article". The rivals get an environment of their own.
.PHONY: bench
RIVALS := build/bench
bench: $(BIN)/.learner $(RIVALS)/.rivals
	$(BIN)/python -m benchmarks.epoch $(BENCH)

$(RIVALS)/.rivals: benchmarks/requirements.txt
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check --retries 1 -r $<
	$(PYTHON) -c "open('$@', 'w')"
