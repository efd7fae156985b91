// Package examples carries the demonstration's city and tickets, so that the one binary can show itself
// anywhere.
package examples

import "embed"

// Files holds cities/, mappings/ and tickets/ as they stand in the repository.
//
//go:embed cities/*/*.toml cities/*/*.svg mappings/*.toml tickets/*
var Files embed.FS
