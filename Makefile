# The two commands everybody needs are `make demo` and `make test`; both do their own set-up on a
# fresh Debian machine with Rust.

SITE   := intersections/odot-1136/site.toml
RECORDING := intersections/odot-1136/recording
CARGO  := cargo

.PHONY: demo test bench bench-sumo peers setup camera-setup camera help

help:
	@echo "make demo    build, check the site file, simulate the recorded afternoon under four controllers,"
	@echo "             print the comparison and write report.html; then one approach"
	@echo "             of another site with loops and a rendered camera, which writes seen.png"
	@echo "make test    format, lints and all tests, as CI runs them"
	@echo "make camera  build phasewise with cameras (installs OpenCV and libclang if they are missing)"
	@echo "make bench   criterion benches: step, solve, world"
	@echo "make bench-sumo  SUMO scenarios x controllers x seeds; writes benches/results/sumo.md, .svg (an hour)"
	@echo "make peers   compare with SUMO and the atspm package (installs them from PyPI into .venv)"

# A C linker is the only thing the build needs beyond Rust.
setup:
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: install it from https://rustup.rs and run again"; exit 1; }
	@command -v cc >/dev/null || { echo "installing a C linker (gcc)"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq gcc libc6-dev; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq gcc libc6-dev; fi; }

# Reading videos and cameras needs OpenCV, and libclang to build the bindings to it; all else builds without.
camera-setup: setup
	@pkg-config --exists opencv4 2>/dev/null && test -n "$$(ls /usr/lib/llvm-*/lib/libclang*.so* 2>/dev/null)" || { \
	  echo "installing OpenCV and libclang"; \
	  if [ "$$(id -u)" = 0 ]; then S=; else S=sudo; fi; \
	  $$S apt-get update -qq && $$S apt-get install -y -qq pkg-config libopencv-dev clang libclang-dev; }

camera: camera-setup
	$(CARGO) build --release --locked --features camera

demo: setup
	$(CARGO) build --release --locked
	target/release/phasewise check $(SITE)
	target/release/phasewise report $(SITE) --seeds 3 --json target/demo.json --output report.html
	target/release/phasewise simulate intersections/four-leg/site.toml --minutes 15 --sensors both --film west --scene evening --picture seen.png
	@echo
	@echo "Open report.html in a browser. seen.png is what the rendered camera of the second site saw, with its queues."

# Property tests draw the same cases on every run of a commit; to look for others, run for instance
#   PROPTEST_RNG_SEED=7 PROPTEST_CASES=1000 cargo test
test: export PROPTEST_RNG_SEED ?= 1136
test: setup
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked
	@if pkg-config --exists opencv4 2>/dev/null; then \
	  echo "OpenCV is here: cameras as well"; \
	  $(CARGO) clippy --locked --all-targets --features camera -- -D warnings && \
	  $(CARGO) test --locked --features camera --test it camera::; \
	else echo "no OpenCV here: reading videos is not tested (make camera-setup)"; fi

bench: setup
	$(CARGO) bench --locked

# Comparisons with programs that nobody here wrote. They need Python 3 and are not part of `make test`.
PEERS := .venv/bin/python

.venv/installed: tests/peers/requirements.txt
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "installing python3-venv"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq python3-venv; fi; }
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement tests/peers/requirements.txt
	touch $@

peers: setup .venv/bench-sumo
	$(CARGO) build --release --locked
	$(PEERS) tests/peers/sumo_compare.py --phasewise target/release/phasewise
	$(PEERS) tests/peers/sumo_driver.py --phasewise target/release/phasewise
	target/release/phasewise simulate $(SITE) --controller adaptive --log target/adaptive.csv
	$(PEERS) tests/peers/atspm_compare.py original $(RECORDING)/2024-04-15.csv.gz
	$(PEERS) tests/peers/atspm_compare.py compare target/release/phasewise $(RECORDING)/2024-04-15.csv.gz $(RECORDING)/detectors.csv
	$(PEERS) tests/peers/atspm_compare.py compare target/release/phasewise target/adaptive.csv $(RECORDING)/detectors.csv

# Public SUMO scenarios under all controllers; a page of tables, and a figure beside it. A part of it:
#   make bench-sumo SUMO_ARGS="--scenarios cologne1 grid4x4 --controllers adaptive greedy --seeds 3-5"
# With --runs FOLDER what was run before is not run again (benches/sumo/run.py says more).
.venv/bench-sumo: .venv/installed benches/sumo/requirements.txt
	.venv/bin/pip install --quiet --no-deps --requirement benches/sumo/requirements.txt
	touch $@

bench-sumo: setup .venv/bench-sumo
	$(CARGO) build --release --locked
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(PEERS) benches/sumo/run.py --phasewise target/release/phasewise \
	  --output benches/results/sumo.md $(SUMO_ARGS)
