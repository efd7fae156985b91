package citytest

import (
	"encoding/json"
	"os"
	"testing"

	"fundy/city"
)

// What the rules can charge has words on the pages, in both languages.
func TestEveryFeeHasItsWords(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "fr"} {
		b, err := os.ReadFile("../portal/words/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for _, name := range city.FeeComponents {
			if words["component."+name] == "" {
				t.Errorf("%s has no words in %q", name, language)
			}
		}
	}
}
