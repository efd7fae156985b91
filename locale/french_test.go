package locale

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// In every room's words French has no space before ; ! ? and a no-break one before a colon, and uses the Act's words
// (docs/lexique.md).
func TestFrenchIsWrittenAsInNewBrunswick(t *testing.T) {
	t.Parallel()
	wrong := regexp.MustCompile(`[ \x{a0}][;!?]|[^\x{a0}]:( |$)| :|"|'`)
	others := regexp.MustCompile(`(?i)\b(tickets?|parkings?|amendes?|billet|e-?mails?|licences?|infractions?)\b|renvers|rédigé|personne étrangère`)
	place := regexp.MustCompile(`\{[^}]*\}`)
	var files []string
	for _, glob := range []string{"../*/words/fr.json", "../*/*/words/fr.json"} {
		some, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	if len(files) < 5 {
		t.Fatalf("only %v", files)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for key, fr := range words {
			if key == "switch" || key == "title.front" {
				continue
			}
			if at := wrong.FindString(fr); at != "" {
				t.Errorf("%s %s: %q in %q", file, key, at, fr)
			}
			if at := others.FindString(place.ReplaceAllString(fr, "")); at != "" {
				t.Errorf("%s %s: the word %q in %q", file, key, at, fr)
			}
		}
	}
}
