.PHONY: help build demo test lint generate style verify bench failover faults fuzz model screenshots

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

style: ## the style sheet from the components that the pages use (needs npm)
	./portal/static/generate.sh
	git diff --exit-code portal/static/govuk.css

verify: generate ## fails when something generated is not what is checked in
	git diff --exit-code

bench: ## measure against ceilings of the same run; writes bench/results.json
	go run ./bench

failover: ## three primaries of a city on PostgreSQL are killed, one is frozen: nothing is lost or taken twice
	go run ./bench -failover 3

faults: ## N random schedules of faults, from SEED; writes citytest/results.json
	go run ./citytest/campaign -n $(or $(N),40) $(if $(SEED),-seed $(SEED)) -out citytest/results.json

fuzz: ## each fuzz target for 20 seconds
	for p in ./bank ./intake ./office ./portal ./ticket ./processor/stripe; do \
		for f in $$(go test $$p -list '^Fuzz' | grep '^Fuzz'); do go test $$p -run '^$$' -fuzz "^$$f$$" -fuzztime 20s || exit 1; done; \
	done

model: ## N random steps through payments (citytest/model): make model N=5000000
	go test ./citytest/model -run '^TestWalks$$' -count 1 -v -timeout 0 -steps $(or $(N),1000000)

screenshots: ## pictures of each page, in both languages and two widths, in tmp/screenshots; of a city that has lived, and of each error
	mkdir -p tmp/screenshots/errors
	FUNDY_SCREENSHOTS=$(CURDIR)/tmp/screenshots FUNDY_TEST_BROWSER=required go test ./cmd/fundy -run TestScreens -count 1 -timeout 20m
	FUNDY_SCREENSHOTS=$(CURDIR)/tmp/screenshots/errors FUNDY_TEST_BROWSER=required go test ./citytest -run 'Accessible|TestADayAtTheCounter' -count 1 -parallel 1 -timeout 40m
