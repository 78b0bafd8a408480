# The two commands of the README are `make demo` and `make test`; both set everything up by themselves.
SHELL := bash
.DEFAULT_GOAL := build

export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig:$(PKG_CONFIG_PATH)
# One configuration for everything: the tests run what users run, and nothing is built twice.
SWIFT_FLAGS = -c release $(shell cat .deps/flags 2>/dev/null)
OCELOT = .build/release/ocelot
# How many tests run at once. All of them at once wait for each other past their time limits on a small machine.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8
# For how many seconds `make soak` keeps a service under load.
SOAK = 300

.PHONY: build build-tests demo test soak fuzz check bench lint docs install clean

.deps/flags: Scripts/bootstrap
	@Scripts/bootstrap

build: .deps/flags
	@Scripts/bootstrap
	swift build $(SWIFT_FLAGS) --product ocelot
	swift build $(SWIFT_FLAGS) --product ocelot-serve

demo: build
	@Scripts/demo $(OCELOT)

build-tests: .deps/flags
	@Scripts/bootstrap
	swift build $(SWIFT_FLAGS) --build-tests

test: build-tests
	swift test $(SWIFT_FLAGS) --skip-build

# The service under mixed and hostile load; Linux only, where a process's memory can be read.
soak: build-tests
	OCELOT_SOAK=$(SOAK) swift test $(SWIFT_FLAGS) --skip-build --filter SoakTests

fuzz: .deps/flags
	@Scripts/bootstrap
	@Scripts/fuzz

check: lint test docs

lint:
	swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests

docs: build
	@Scripts/docs

bench: build
	@Benchmarks/run.sh

install: build
	@Scripts/install "$(or $(PREFIX),/usr/local)"

clean:
	rm -rf .build demo
