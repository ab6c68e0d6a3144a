# Every target makes the environment it needs; on a fresh machine `make site` is all there is to type.

PYTHON ?= python3
TORCH_VERSION := 2.13.0
BIN := .venv/bin
# .venv/ready says that the environment matches pyproject.toml and constraints.txt.
READY := .venv/ready

.PHONY: site zip handout serve check test lint look bench soak fonts clean

site: $(READY)
	$(BIN)/python -m generator build

# The site as one file that needs no server: to be handed out on a USB stick, or uploaded to a learning platform.
zip: $(READY)
	$(BIN)/python -m generator export zip

# Every lesson as PDF in build/paper/, and the course as one: for a class, on paper. It takes a Chromium.
handout: $(READY)
	$(BIN)/python -m generator export paper

serve: $(READY)
	$(BIN)/python -m generator serve

check: $(READY)
	$(BIN)/python -m generator check

test: $(READY)
	$(BIN)/python -m pytest tests --ignore=tests/benchmarks -n auto --dist loadgroup

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Each page of the course with axe-core, wide and narrow, light and dark: minutes, so not among the tests.
look: site
	$(BIN)/python -m tests.course.look

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

# Kills builds, hundreds of them, and says what was lost: minutes, so not among the tests.
soak: $(READY)
	$(BIN)/python -m tests.soak

# It needs npm, and only whoever changes a version runs it: what it fetches is in the repository.
fonts: $(READY)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[fonts]'
	$(BIN)/python tools/vendor_fonts.py

clean:
	rm -rf build site .site.frame-by-frame

$(READY): pyproject.toml constraints.txt Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'error: Python 3.11 or newer is needed, and "$(PYTHON)" is older or missing'; \
		echo 'help: make PYTHON=/path/to/python3.11 (or newer)'; exit 1; }
	$(PYTHON) -m venv .venv
	@$(MAKE) --no-print-directory torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	@touch $@

# A bare `pip install torch` on Linux pulls gigabytes of CUDA. The local version "+cpu" exists only in
# builds for the CPU, so pip finds one (a wheel it knows of, or PyTorch's own index) or stops.
# A torch that is already in .venv stays.
PIP_TORCH := $(BIN)/python -m pip install --quiet -c constraints.txt
.PHONY: torch
torch:
	@$(BIN)/python -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)' || $(INSTALL_TORCH)

ifeq ($(shell uname -s),Linux)
define INSTALL_TORCH
$(PIP_TORCH) 'torch==$(TORCH_VERSION)+cpu' 2>/dev/null \
	|| $(PIP_TORCH) 'torch==$(TORCH_VERSION)+cpu' --retries 0 \
		--extra-index-url https://download.pytorch.org/whl/cpu \
	|| { echo 'error: no CPU build of PyTorch $(TORCH_VERSION) is within reach of pip'; \
		echo 'help: with a network that reaches download.pytorch.org run make again, or take the CUDA build'; \
		echo '      (gigabytes): $(BIN)/python -m pip install torch==$(TORCH_VERSION) && make'; exit 1; }
endef
else
INSTALL_TORCH = $(PIP_TORCH) 'torch==$(TORCH_VERSION)'
endif
