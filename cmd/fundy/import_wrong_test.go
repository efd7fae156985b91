package main_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fundy/store"
)

// What can't be imported is refused with the fix; 2 is a wrong call, 1 a file that is not good. Nothing goes in,
// and no file that is read is written to.
func TestAnImportThatCannotBeTakenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	files := t.TempDir()
	in := func(name string) string { return filepath.Join(files, name) }
	c := store.Config{Driver: "sqlite", Path: in("city.db")}
	dir := importCity(t, c, "")
	rows := importRows(50, "K")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(rows)) //nolint:errcheck // into memory
	z.Close()             //nolint:errcheck // into memory
	for name, content := range map[string]string{
		"map.toml": importMapping, "rows.csv": rows, "empty.csv": "", "other.csv": "a,b\n1,2\n",
		"cut.csv.gz": packed.String()[:packed.Len()-20], "stub.csv.gz": packed.String()[:5], "bent.csv.gz": "\x1f\x8bnot packed",
		"sheet.xlsx": "PK\x03\x04rest", "wide.csv": "\xff\xfen\x00u\x00m\x00",
		"field.toml": strings.Replace(importMapping, "plate =", "plaet =", 1), "column.toml": strings.Replace(importMapping, `"plate"`, `"Plates"`, 1),
		"key.toml": strings.Replace(importMapping, "name =", "nmae =", 1),
	} {
		text(t, in(name), content)
	}
	for _, w := range []struct {
		mapping, file string
		more          []string
		code          int
		want          string
	}{
		{"map.toml", "empty.csv", nil, 1, "empty.csv: the file is empty: it should begin with a header"},
		{"map.toml", "other.csv", nil, 1, "Name one that is; the header has: a, b"},
		{"map.toml", "cut.csv.gz", nil, 1, "cut short on its way; get it whole"},
		{"map.toml", "stub.csv.gz", nil, 1, "cut short on its way; get it whole"},
		{"map.toml", "bent.csv.gz", nil, 1, "the gzip file is damaged: get it again"},
		{"map.toml", "sheet.xlsx", nil, 1, "save the sheet as CSV"},
		{"map.toml", "wide.csv", nil, 1, `write encoding = "utf-16le" under [file]`},
		{"map.toml", "none.csv", nil, 2, "no such file"},
		{"map.toml", ".", nil, 2, "is a folder: name the files in it"},
		{"none.toml", "rows.csv", nil, 2, "no such file"},
		{"field.toml", "rows.csv", nil, 2, `field.plaet: is not a field of a ticket; did you mean "plate"?`},
		{"key.toml", "rows.csv", nil, 2, `line 1: unknown setting "nmae"`},
		{"column.toml", "rows.csv", nil, 1, `"Plates" is not in the header; did you mean "plate"? Name one that is`},
		{"map.toml", "rows.csv", []string{"--rejects", in("rows.csv")}, 2, "would be overwritten, and it is read: name another file"},
		{"map.toml", "rows.csv", []string{"--samples", in("map.toml")}, 2, "would be overwritten, and it is read: name another file"},
		{"map.toml", "rows.csv", []string{"--rejects", in("none/rejects.csv")}, 1, "name another with --rejects"},
		{"map.toml", "rows.csv", []string{"--newest", "yesterday"}, 2, "write it as 2026-03-01"},
	} {
		out, code := fundy(t, append([]string{"import", "--city", dir, "--apply", "--json", "--map", in(w.mapping), in(w.file)}, w.more...)...)
		if code != w.code || !strings.Contains(out, w.want) {
			t.Errorf("%s by %s %v: exit %d, want %d with %q:\n%s", w.file, w.mapping, w.more, code, w.code, w.want, out)
		}
	}
	if n := batches(t, database(t, c)); n != 0 {
		t.Errorf("%d batches went in", n)
	}
	for name, want := range map[string]string{"rows.csv": rows, "map.toml": importMapping} {
		if b, err := os.ReadFile(in(name)); err != nil || string(b) != want {
			t.Errorf("%s was written to: %v", name, err)
		}
	}
}
