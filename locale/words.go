package locale

import (
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"regexp"
	"strings"
)

// Languages are those that there are words in.
var Languages = []string{"en", "fr"}

// Words are a room's sentences, by language and key. They are whole; {name} is filled in.
type Words map[string]map[string]string

// ReadWords reads words/en.json and words/fr.json of the files that a room has embedded. They are part of the program:
// one that can't be read stops it at its start.
func ReadWords(files fs.FS) Words {
	all := Words{}
	for _, lang := range Languages {
		b, err := fs.ReadFile(files, "words/"+lang+".json")
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

// Say is a sentence of a language, with its places filled in by name and value in turn. A key that is not there is
// shown as itself in brackets, so that a test finds it; the tests leave none.
func (w Words) Say(lang, key string, fill ...any) string {
	text, ok := w[lang][key]
	if !ok {
		return "[" + key + "]"
	}
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(fill[i])+"}", fmt.Sprint(fill[i+1]))
	}
	return text
}

// wordCall is a place in a page for words that nothing is filled into. $v is the page's own reader; what is said to another
// one, in the language of a receipt say, has another name.
var wordCall = regexp.MustCompile(`\{\{(?:\$v?)?(?:\.V)?\.T "([^"]+)"\}\}`)

// Within puts a language's words into the text of a page before it is parsed, once for all readers. Asking for each
// by reflection, page after page, was half of what a page cost.
func (w Words) Within(lang, page string) string {
	return wordCall.ReplaceAllStringFunc(page, func(call string) string {
		return html.EscapeString(w.Say(lang, wordCall.FindStringSubmatch(call)[1]))
	})
}
