package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A city in Quebec whose city.toml asks for a surcharge on cards is neither made nor started, and is told why: neither
// office nor portal opens.
func TestACityWithASurchargeDoesNotStart(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir, said := filepath.Join(root, "city"), []string{"a fee for paying by card is not made here", "In Quebec a surcharge on cards is not lawful", "Take the setting out"}
	quebec := "id = \"x\"\nkind = \"test\"\nregime = \"generic\"\nprovince = \"QC\"\n[portal]\npublic_url = \"https://x.example\"\n"
	surcharge := "[payment]\nsurcharge_percent = 2\n"
	out, code := fundy(t, "init", dir, "--answers", text(t, filepath.Join(root, "bad.toml"), quebec+surcharge))
	want(t, out, code, 2, said...)
	must(t, "init", dir, "--answers", text(t, filepath.Join(root, "good.toml"), quebec))
	settings := filepath.Join(dir, "city.toml")
	b, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	text(t, settings, strings.Replace(string(b), "[payment]\n", surcharge, 1))
	for _, verb := range []string{"office", "portal", "serve"} {
		out, code := fundy(t, verb, "--city", dir)
		want(t, out, code, 1, said...)
	}
}
