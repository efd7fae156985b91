package letter

import (
	"embed"

	"fundy/city"
	"fundy/locale"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the letters'; each key begins with "letter.".
var words = locale.ReadWords(wordFiles)

func say(lang city.Language, key string, fill ...any) string {
	return words.Say(string(lang), "letter."+key, fill...)
}
