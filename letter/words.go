package letter

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"fundy/city"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the letters', by language and key. Sentences are whole; {name} is filled in.
var words = mustWords()

func mustWords() map[city.Language]map[string]string {
	all := map[city.Language]map[string]string{}
	for _, lang := range []city.Language{city.English, city.French} {
		b, err := wordFiles.ReadFile("words/" + string(lang) + ".json")
		if err != nil {
			panic(err)
		}
		one := map[string]string{}
		if err := json.Unmarshal(b, &one); err != nil {
			panic(fmt.Errorf("words/%s.json: %w", lang, err))
		}
		all[lang] = one
	}
	return all
}

// say is a sentence of a language, with its places filled in by name and value in turn. A key that is not there is
// shown as itself, so that a test finds it; the tests leave none.
func say(lang city.Language, key string, fill ...string) string {
	text, ok := words[lang]["letter."+key]
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fill[i]+"}", fill[i+1])
	}
	return text
}
