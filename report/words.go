// Package report is the tables that finance reads, in the reader's language: a business day, a year, and what came in.
//
// A table says the same whether it is printed, put on a page, or written as CSV or a workbook: all are made of it.
// There is no I/O here, and no figure is made up: each is the ledger's.
package report

import (
	"embed"
	"fmt"

	"fundy/city"
	"fundy/locale"
)

//go:embed words/*.json
var wordFiles embed.FS

// words are those of the reports.
var words = locale.ReadWords(wordFiles)

// Reader is the language that a report is written in.
type Reader city.Language

// ReaderOf is the language that was asked for, or else the city's first.
func ReaderOf(asked string, c city.City) (Reader, error) {
	if asked == "" {
		if len(c.Languages) == 0 {
			return Reader(city.English), nil
		}
		return Reader(c.Languages[0]), nil
	}
	if words[asked] == nil {
		return "", fmt.Errorf("%q is neither en nor fr", asked)
	}
	return Reader(asked), nil
}

// Say is a sentence, with its places filled in by name and value in turn.
func (r Reader) Say(key string, fill ...any) string { return words.Say(string(r), key, fill...) }

// Heads are the headings of columns.
func (r Reader) Heads(keys ...string) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = r.Say("head." + k)
	}
	return all
}

// One is the word for a value of a list that we keep ("class.fee"); what has no word is shown as it is.
func (r Reader) One(list, value string) string {
	if text, ok := words[string(r)][list+"."+value]; ok {
		return text
	}
	return value
}
