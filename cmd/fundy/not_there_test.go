package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a call names that is not there ends with 2, and leaves nothing.
func TestFilesThatAreNotThereAreNamed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	in := func(name string) string { return filepath.Join(root, name) }
	text(t, in("answers.toml"), strings.Replace(liveAnswers, "tls_dir = \"tls\"\n", "", 1))
	text(t, in("x.toml"), "x = 1\n")
	if out, code := fundy(t, "init", in("city"), "--answers", in("answers.toml")); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--answers: ", []string{"init", in("new"), "--answers", in("none")}},
		{"file: ", []string{"city", "apply", "--city", in("city"), in("none")}},
		{`unknown setting "x"`, []string{"city", "apply", "--city", in("city"), in("x.toml")}},
		{"--tickets: ", []string{"demo", "--keep", in("new"), "--tickets", in("none"), "--map", in("x.toml")}},
		{"--map: ", []string{"demo", "--keep", in("new"), "--tickets", in("x.toml"), "--map", in("none")}},
		{"is there already: name a folder that is not", []string{"demo", "--keep", in("city")}},
	} {
		if out, code := fundy(t, c.args...); code != 2 || !strings.Contains(out, c.want) {
			t.Errorf("fundy %s: exit %d, want 2 with %q:\n%s", strings.Join(c.args, " "), code, c.want, out)
		}
		if _, err := os.Stat(in("new")); err == nil {
			t.Errorf("fundy %s left a folder", strings.Join(c.args, " "))
		}
	}
}
