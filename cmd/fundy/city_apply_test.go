package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fundy/store"
	"fundy/store/storetest"
)

// A file that is whole by itself, and can't stand beside what does: a day would have two schedules.
func TestAFileThatCantStandBesideTheRulesIsNotApplied(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		dir := importCity(t, c, "")
		rules, err := os.ReadFile("../../examples/cities/demo/rules.toml")
		if err != nil {
			t.Fatal(err)
		}
		other := strings.NewReplacer("@C_FROM@", "2026-01-01", `id     = "C"`, `id     = "D"`).Replace(string(rules))
		file := text(t, filepath.Join(filepath.Dir(dir), "other.toml"), other)
		for _, apply := range []string{"", "--apply"} {
			args := []string{"city", "apply", "--city", dir, file}
			if apply != "" {
				args = append(args, apply)
			}
			if out, code := fundy(t, args...); code == 0 || !strings.Contains(out, "another schedule is from 2026-01-01 too") {
				t.Errorf("%s: exit %d\n%s", apply, code, out)
			}
		}
	})
}
