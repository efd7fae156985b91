package citytest

import (
	"os"
	"path/filepath"
)

// Dump is every byte that the SQLite store has on disk.
func (c *City) Dump() []byte {
	files, err := filepath.Glob(c.path + "*")
	if err != nil || len(files) == 0 {
		c.T.Fatalf("the store's files: %v, %v", files, err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			c.T.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}
