package portal

import (
	"embed"

	"fundy/locale"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the portal's.
var words = locale.ReadWords(wordFiles)

// languages are those that there are words in.
var languages = locale.Languages

func say(lang, key string, fill ...any) string { return words.Say(lang, key, fill...) }

// has says whether there is a sentence: for keys that come from the desk.
func has(key string) bool {
	_, ok := words["en"][key]
	return ok
}
