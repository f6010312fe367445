# Everything that a person or CI runs. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
FLAGS := -debug-info-format none -Xcc -g0
PREFIX ?= /usr/local
BIN := .build/debug
RELEASE := .build/release

# Suites that start servers or real clients; they run one after the other. All the others are pure and run in parallel.
INTEGRATION := PostgresClientTests|IssuerTests|ProxyTests|SQLTests|ReactorTests
ENDTOEND := EndToEndTests

.PHONY: help dependencies build release lint test unit integration endtoend clients soak fuzz sanitize demo man install clean

help:
	@echo "make test        everything: Debian packages, build, lint, unit, integration and end-to-end tests"
	@echo "make demo        the main job on a private PostgreSQL; KEEP=1 leaves it running"
	@echo "make build       debug build;  make release: optimised build in .build/release"
	@echo "make lint        swift format, shell and unit-file checks"
	@echo "make clients     every client program that there is through the proxy; writes docs/clients.md"
	@echo "make soak        the long campaigns: kills, fuzzing, random SQL (hours are set by SOAK_MINUTES)"
	@echo "make fuzz        coverage-guided fuzzing of what reads strangers' bytes (FUZZ_SECONDS for each of six targets)"
	@echo "make sanitize    the proxy's suites under the address and the thread sanitizer"
	@echo "make man         man pages and shell completions to .build/share (release binaries)"
	@echo "make install     release binaries, sql/, man pages, completions, docs and systemd units to PREFIX ($(PREFIX))"

dependencies:
	@scripts/dependencies.sh test

build:
	@scripts/dependencies.sh build
	swift build $(FLAGS)

release:
	@scripts/dependencies.sh build
	swift build -c release

lint:
	scripts/lint.sh

test: dependencies
	swift build --build-tests $(FLAGS)
	@scripts/suites.sh lint unit integration endtoend
	@echo "make test: everything passed"

unit:
	swift test --skip-build $(FLAGS) --skip '^($(INTEGRATION)|$(ENDTOEND))\.'

integration:
	swift test --skip-build $(FLAGS) --no-parallel --filter '^($(INTEGRATION))\.'

endtoend:
	swift test --skip-build $(FLAGS) --no-parallel --filter '^$(ENDTOEND)\.'

clients: dependencies
	@scripts/dependencies.sh clients
	swift build --build-tests $(FLAGS)
	rm -rf .build/clients && mkdir -p .build/clients
	ISSUER_CLIENTS="$(CURDIR)/.build/clients" swift test --skip-build $(FLAGS) --no-parallel --filter 'ClientMatrixTests'
	python3 Tests/Clients/table.py .build/clients >docs/clients.md

soak: dependencies
	swift build --build-tests $(FLAGS)
	ISSUER_SOAK=1 swift test --skip-build $(FLAGS) --no-parallel --filter 'Soak|Kill|Fuzz|RandomSQL|AttackTests|Differential|RegressionSQL'
	FUZZ_SECONDS=$${FUZZ_SECONDS:-1800} Tests/Fuzz/fuzz.sh

fuzz:
	@scripts/dependencies.sh build
	Tests/Fuzz/fuzz.sh

sanitize: dependencies
	@# What is freed is kept by the address sanitizer, which tests of resident memory would count. Leaks are those tests' to find.
	mkdir -p .build/thread
	clang -O1 -fPIC -c Tests/Sanitizers/mutex.c -o .build/thread/mutex.o
	for kind in address thread; do ASAN_OPTIONS=quarantine_size_mb=1:detect_leaks=0:suppressions=$(CURDIR)/Tests/Sanitizers/address.supp \
	  swift test --sanitize=$$kind --scratch-path .build/$$kind $(FLAGS) --no-parallel \
	    $$([ $$kind = address ] || echo "-Xlinker $(CURDIR)/.build/thread/mutex.o") \
	    --filter '^(PostgresWireTests|ReactorTests|ProxyTests|AuditTests|SodiumTests|TunnelTests)\.'; done

demo:
	@scripts/dependencies.sh demo
	@swift build $(FLAGS) --product issuerd
	@swift build $(FLAGS) --product issuer-proxy
	@swift build $(FLAGS) --product issuerctl
	@KEEP=$(KEEP) BIN="$(CURDIR)/$(BIN)" examples/demo/demo.sh

# From what the executables say of themselves; the generator is argument-parser's own, built beside.
man: release
	swift build --package-path .build/checkouts/swift-argument-parser --scratch-path .build/manual --product generate-manual $(FLAGS)
	BIN="$(RELEASE)" SHARE=.build/share MANUAL=.build/manual/debug/generate-manual scripts/manual.sh

install: man
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/issuer/sql" "$(DESTDIR)$(PREFIX)/share/doc/issuer" \
	  "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	install -m 0755 $(RELEASE)/issuerd $(RELEASE)/issuer-proxy $(RELEASE)/issuerctl "$(DESTDIR)$(PREFIX)/bin/"
	cp -r sql/. "$(DESTDIR)$(PREFIX)/share/issuer/sql/"
	cp -r .build/share/. "$(DESTDIR)$(PREFIX)/share/"
	install -m 0644 README.md ARCHITECTURE.md CHANGELOG.md LICENSE docs/* "$(DESTDIR)$(PREFIX)/share/doc/issuer/"
	for unit in deploy/systemd/*.service; do \
	  sed 's|/usr/local/|$(PREFIX)/|g' "$$unit" >"$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}"; done

clean:
	swift package clean
