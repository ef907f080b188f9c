# make            lists the targets
# make demo       builds Eddy and shows it at work; needs nothing but Go and a C++ compiler
# make test       runs the tests; installs what is missing (root or sudo). CI does make test-engines, too

GO      ?= go
TOOLS   := $(CURDIR)/bin/tools
# Packages with goroutines of their own, or that call Go from C++. Under the race detector
# property tests try fewer cases (-short), because each is five to ten times slower. Of the
# flow, the stories in which much happens at once are told.
RACE      ?= ./xads/... ./dbsql ./ledger ./sandbox/... ./destination/... ./store/... ./warehouse ./warehouse/bigquery ./warehouse/duckdb ./jobs
RACE_FLOW ?= Truth|Fault|Poison|Refused|Many|Cut|Cancel|Stopped|Lock|Progress|Mirror
# How much each fuzz target runs: a count, because a deadline can end a run in the middle of
# a minimisation, which go test then calls a failure.
FUZZTIME ?= 5000x
# The binary's version is the commit, where git can tell it.
VCS     := $(shell git status --porcelain >/dev/null 2>&1 && echo auto || echo false)

.DEFAULT_GOAL := help
.PHONY: help build page demo test test-engines test-account test-go test-web screenshots test-race race-flow lint check-sql fmt fmt-check vet fuzz soak torture bench tools setup clean

.NOTPARALLEL:

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: page ## build bin/eddy
	@scripts/setup.sh build
	$(GO) build -trimpath -buildvcs=$(VCS) -o bin/eddy ./cmd/eddy

# The web page needs Node; without it the program is built all the same, and says so there.
PAGE := web/page/built/index.html
ifneq ($(shell command -v npm 2>/dev/null),)
page: $(PAGE) ## build the web page, which the program embeds
else
page:
	@echo "no npm here: building without the web page"
endif

$(PAGE): web/node_modules/.package-lock.json $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts docs/openapi.json
	npm --prefix web run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

demo: build ## mirror a sample warehouse into a sandbox audience, and show what happened
	bin/eddy demo

# What tests have shown of warehouses; docs/warehouses.md is made of it.
RESULTS := $(CURDIR)/bin/results.tsv
export EDDY_RESULTS := $(RESULTS)

test: export CI = true
test: setup page fmt-check vet lint test-web ## run all tests but those of make test-engines
	@mkdir -p $(dir $(RESULTS)) && rm -f $(RESULTS)
	@scripts/together.sh fuzz test-race race-flow
	@$(MAKE) --no-print-directory test-go

# The warehouses whose servers make test does not start; two go side by side, so those that take
# longest begin first.
ENGINES ?= databricks trino bigquery clickhouse snowflake mysql redshift mariadb
test-engines: export CI = true
test-engines: setup ## run all suites on every warehouse that can be started here; ENGINES narrows it
	@mkdir -p $(dir $(RESULTS))
	scripts/engines/test.sh $(ENGINES)
	$(GO) run ./docs/gen -results $(RESULTS) -check

# An account is named by EDDY_TEST_SNOWFLAKE and so on; docs/warehouses says what such a variable holds.
test-account: ## run the suites of the warehouses in ENGINES on an account of yours, with a report
	scripts/engines/account.sh $(ENGINES)

# The two that take longest begin first, and the many short ones go beside them.
test-go: ## run all tests: units, suites of every warehouse and destination, CLI scripts
	$(GO) test -count=1 -timeout 40m -p 3 ./sync ./cmd/eddy $$($(GO) list ./... | grep -vE '/(sync|cmd/eddy)$$')

test-web: web/node_modules/.package-lock.json ## check the front end's types and style, and run its unit tests
	npm --prefix web run --silent check
	npm --prefix web test

screenshots: page ## draw the pictures of the README (docs/images)
	EDDY_BROWSER=screenshots CI=true $(GO) test ./cmd/eddy -run TestBrowser -count=1

test-race: ## run the concurrent packages under the race detector
	$(GO) test -race -short -count=1 -timeout 25m $(RACE)

race-flow: ## run the flow's stories in which much happens at once under it
	$(GO) test -race -short -count=1 -timeout 25m -run '$(RACE_FLOW)' ./sync

lint: $(TOOLS)/golangci-lint ## run all linters; .golangci.yml says why some are off
	$(TOOLS)/golangci-lint run --allow-parallel-runners ./...

# The first build of the analyzer takes minutes and 6 GB, so it is made file by file.
check-sql: ## analyse BigQuery's golden statements with GoogleSQL's analyzer; leaves the hashes of those that pass
	$(GO) -C scripts/checksql test -p 1 -count 1 .
	$(GO) -C scripts/checksql run -p 1 . $(CURDIR)

vet: ## run go vet
	$(GO) vet ./...

fmt: $(TOOLS)/golangci-lint ## format all Go files
	$(TOOLS)/golangci-lint fmt

fmt-check: $(TOOLS)/gofumpt ## fail where a Go file is not formatted
	@bad=$$(git ls-files -co --exclude-standard '*.go' | xargs $(TOOLS)/gofumpt -l) && test -z "$$bad" || { echo "not formatted, run make fmt:"; echo "$$bad"; exit 1; }

fuzz: ## run every fuzz target for a short while (FUZZTIME)
	@scripts/fuzz.sh $(FUZZTIME)

SOAK      ?= 20000
SOAK_TIME ?= 0
soak: ## run SOAK random worlds (hours), or for SOAK_TIME seconds if that is shorter
	scripts/soak.sh $(SOAK) $(SOAK_TIME)

torture: ## kill runs at each statement and servers for two minutes, every fault at every request, 13 months day by day (an hour)
	EDDY_CRASH=all EDDY_CRASH_SECONDS=600 $(GO) test ./cmd/eddy -run Killed -timeout 24h -count=1
	EDDY_TEST_KILLS=2m $(GO) test ./cmd/eddy -run 'ServersSurviveKills|KilledRunIsTakenOver' -timeout 24h -count=1 -v
	EDDY_FAULTS=all $(GO) test ./sync -run 'EveryFault|CutConnections' -timeout 24h -count=1
	EDDY_POISON=full EDDY_RENEWAL=daily $(GO) test ./sync -run 'Poisoned|ThirteenMonths' -timeout 24h -count=1

bench: ## measure whole runs beside the limits; flags in ARGS
	$(GO) run ./bench $(ARGS)

tools: $(TOOLS)/golangci-lint $(TOOLS)/gofumpt ## build the pinned tools of tools/go.mod

# One install builds both; it takes a minute or two, once.
$(TOOLS)/golangci-lint $(TOOLS)/gofumpt &: tools/go.mod tools/go.sum
	GOBIN=$(TOOLS) $(GO) -C tools install tool
	@touch $(TOOLS)/golangci-lint $(TOOLS)/gofumpt

setup: ## install what the tests need and is missing (Debian)
	@scripts/setup.sh test

clean: ## remove what was built
	rm -rf bin web/page/built web/node_modules
