#!/bin/sh
# Makes desk/deskpb from desk.proto. Needs protoc (Debian: protobuf-compiler); the plugins are Go tools of this module.
set -eu
cd "$(dirname "$0")/.."
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go
go build -o "$bin/protoc-gen-connect-go" connectrpc.com/connect/cmd/protoc-gen-connect-go
PATH="$bin:$PATH" protoc --proto_path=desk --go_out=. --go_opt=module=fundy \
	--connect-go_out=. --connect-go_opt=module=fundy,simple desk/desk.proto
