# The commands of the house. `make help` lists them.
#
# Everything here works from a clean clone on Debian 12 with Rust and Node, installs what is missing (and says why),
# is quick the second time, and needs no network once its downloads are there.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-long bench release check fmt ui e2e clips clean tools-demo tools-test tools-long

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

# The interface is built when one of these is newer than its last build.
ui_sources := $(shell find ui $(wildcard base/*/locales features/*/locales) -type d \( -name node_modules -o -name dist \) -prune \
	-o -type f ! -name '*.swp' -print 2>/dev/null)
ui_built := ui/dist/.vite/manifest.json
# npm writes this file last, so it is as old as the last complete install.
ui_installed := ui/node_modules/.package-lock.json
e2e_installed := tests/e2e/node_modules/.package-lock.json
# Lighthouse is large and measures, so that only figures have it.
figures_installed := tests/e2e/figures/node_modules/.package-lock.json

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: tools-demo $(ui_built) ## a live demo conference in one command (ARGS="--fresh --http 0.0.0.0:8080" passes flags)
	$(CARGO) build --package matsuri
	@exec $(TARGET)/debug/matsuri demo $(ARGS)

test: tools-test $(ui_built) $(e2e_installed) ## everything that gates a change; ends with one line of counts
	@$(CARGO) build --quiet --package xtask
	@exec $(TARGET)/debug/xtask test $(ARGS)

test-long: tools-long $(ui_built) $(e2e_installed) ## what takes too long for every change: interop, faults, soak, long fuzzing
	@$(CARGO) build --quiet --package xtask
	@exec $(TARGET)/debug/xtask test --long $(ARGS)

bench: tools-test release $(e2e_installed) $(figures_installed) ## every figure of docs/benchmarks.md
	$(CARGO) run --release --package benches -- $(ARGS)
	cd tests/e2e && MATSURI_FIGURES=1 MATSURI_BIN=$(abspath $(TARGET))/release/matsuri npx playwright test --project figures

release: tools-demo $(ui_built) ## the optimised binary: target/release/matsuri
	$(CARGO) build --release --package matsuri

check: $(ui_built) ## the quick part of `make test`: formatting, lints, arrows, messages
	@$(CARGO) build --quiet --package xtask
	@exec $(TARGET)/debug/xtask test --only fmt,clippy,house,ui-types

e2e: tools-test $(ui_built) $(e2e_installed) ## only the browser journeys (ARGS="chat" picks by name)
	$(CARGO) build --package matsuri
	cd tests/e2e && npx playwright test $(ARGS)

fmt: ## format everything
	$(CARGO) fmt --all

ui: tools-demo $(ui_built) ## the interface alone

clips: ## draw the demo's programmes and the slate again (needs ffmpeg)
	deploy/clips/make.sh

clean: ## forget builds; the demo's data stays
	$(CARGO) clean
	rm -rf ui/dist ui/node_modules tests/e2e/node_modules tests/e2e/figures/node_modules tests/e2e/out

tools-demo:
	@deploy/install.sh demo

tools-test:
	@deploy/install.sh test

tools-long:
	@deploy/install.sh long

ui/node_modules/.package-lock.json: ui/package-lock.json
	@echo "== ui: installing what the interface is built with"
	cd ui && npm ci --no-audit --no-fund
	@touch $@

tests/e2e/node_modules/.package-lock.json: tests/e2e/package-lock.json
	@echo "== tests/e2e: installing the browser driver"
	cd tests/e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

tests/e2e/figures/node_modules/.package-lock.json: tests/e2e/figures/package-lock.json
	@echo "== tests/e2e/figures: installing Lighthouse"
	cd tests/e2e/figures && npm ci --no-audit --no-fund
	@touch $@

$(ui_built): $(ui_installed) $(ui_sources)
	@echo "== ui: building the interface"
	cd ui && npm run build
	@touch $@
