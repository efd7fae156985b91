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
	go run honnef.co/go/tools/cmd/staticcheck@2026.1 ./...

generate: ## what is made from other files: the desk's code, the diagram of states, the walls
	./desk/generate.sh
	go generate ./...
	go test . -run Walls -update

verify: generate ## fails when something generated is not what is checked in
	git diff --exit-code
