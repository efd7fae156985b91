package mail

import (
	"embed"

	"fundy/locale"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are the messages'.
var words = locale.ReadWords(wordFiles)

func say(lang, key string, fill ...any) string { return words.Say(lang, key, fill...) }
