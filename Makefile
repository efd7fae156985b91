.PHONY: help build demo test lint generate verify bench fuzz screenshots

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: ## one static binary: bin/fundy
	CGO_ENABLED=0 go build -trimpath -ldflags=-s -o bin/fundy ./cmd/fundy

demo: ## a throw-away city on this machine, until Ctrl-C
	go run ./cmd/fundy demo

test: ## all tests, on SQLite and PostgreSQL, with the browser tests
	./tools/test.sh

lint: ## go vet and staticcheck
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

generate: ## what is made from other files: the desk's code, the diagram of states, the walls
	./desk/generate.sh
	go generate ./...
	go test . -run Walls -update

verify: generate ## fails when something generated is not what is checked in
	git diff --exit-code

bench: ## measure against ceilings of the same run; writes bench/results.json
	go run ./bench

fuzz: ## each fuzz target for 20 seconds
	for p in ./bank ./intake ./office ./portal ./ticket ./processor/stripe; do \
		for f in $$(go test $$p -list '^Fuzz' | grep '^Fuzz'); do go test $$p -run '^$$' -fuzz "^$$f$$" -fuzztime 20s || exit 1; done; \
	done

screenshots: ## pictures of each page, in both languages and two widths, in tmp/screenshots
	mkdir -p tmp/screenshots
	FUNDY_SCREENSHOTS=$(CURDIR)/tmp/screenshots FUNDY_TEST_BROWSER=required go test ./citytest -run TestPages -count 1
