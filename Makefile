# The two commands everybody needs are `make demo` and `make test`; both do their own set-up on a
# fresh Debian machine with Rust.

SITE   := intersections/odot-1136/site.toml
CARGO  := cargo

.PHONY: demo test bench peers setup help

help:
	@echo "make demo    build, check the site file, simulate the recorded afternoon under four controllers,"
	@echo "             print the comparison and write report.html"
	@echo "make test    format, lints and all tests, as CI runs them"
	@echo "make bench   criterion benches: step, solve, world"
	@echo "make peers   compare with SUMO and the atspm package (installs both from PyPI into .venv)"

# A C linker is the only thing the build needs beyond Rust.
setup:
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: install it from https://rustup.rs and run again"; exit 1; }
	@command -v cc >/dev/null || { echo "installing a C linker (gcc)"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq gcc libc6-dev; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq gcc libc6-dev; fi; }

demo: setup
	$(CARGO) build --release --locked
	target/release/phasewise check $(SITE)
	target/release/phasewise report $(SITE) --seeds 3 --json target/demo.json --output report.html
	@echo
	@echo "Open report.html in a browser."

test: setup
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked

bench: setup
	$(CARGO) bench --locked
