package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"fundy/city"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are those of the reports, by language and key. Sentences are whole; {name} is filled in.
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

// reader is the language that a report is written in.
type reader city.Language

// readerOf is the language that was asked for, or else the city's first.
func readerOf(asked string, c city.City) (reader, error) {
	if asked == "" {
		if len(c.Languages) == 0 {
			return reader(city.English), nil
		}
		return reader(c.Languages[0]), nil
	}
	if words[city.Language(asked)] == nil {
		return "", fmt.Errorf("%w: --language: %q is neither en nor fr", errUsage, asked)
	}
	return reader(asked), nil
}

// say is a sentence, with its places filled in by name and value in turn. A key that is not there is shown as itself.
func (r reader) say(key string, fill ...any) string {
	text, ok := words[city.Language(r)][key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(fill[i])+"}", fmt.Sprint(fill[i+1]))
	}
	return text
}

// heads are the headings of columns.
func (r reader) heads(keys ...string) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = r.say("head." + k)
	}
	return all
}

// one is the word for a value of a list that we keep ("class.fee"); what has no word is shown as it is.
func (r reader) one(list, value string) string {
	if text, ok := words[city.Language(r)][list+"."+value]; ok {
		return text
	}
	return value
}
