package citytest

import (
	"os"
	"path/filepath"
)

// CopyKeys copies a folder of key files, which only their owner may read: an office that finds them open to
// others does not start.
func CopyKeys(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
}
