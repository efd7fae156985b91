package bank

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxMapping bounds a mapping, in bytes.
const maxMapping = 64 << 10

// Mapping says how a bank writes CSV. Make one with ParseMapping.
type Mapping struct {
	Delimiter string            `toml:"delimiter"` // default ","
	Days      string            `toml:"days"`      // YYYY-MM-DD, DD/MM/YYYY, MM/DD/YYYY or YYYYMMDD
	Decimal   string            `toml:"decimal"`   // "." or ","
	Order     string            `toml:"order"`     // "oldest first" or "newest first"
	Account   string            `toml:"account"`   // where no column has it
	Currency  string            `toml:"currency"`  // where no column has it
	Column    map[string]string `toml:"column"`    // our field, and the header of its column

	delimiter rune
	layout    string
}

var layouts = map[string]string{"YYYY-MM-DD": "2006-01-02", "DD/MM/YYYY": "02/01/2006", "MM/DD/YYYY": "01/02/2006", "YYYYMMDD": "20060102"}

// columns are the fields that a mapping may fill.
var columns = []string{"account", "currency", "booked", "value", "amount", "credit", "debit", "type", "reference", "text", "balance"}

// ParseMapping reads a mapping (TOML), or says what is wrong with it and how to mend it.
func ParseMapping(b []byte) (*Mapping, error) {
	if len(b) > maxMapping {
		return nil, fmt.Errorf("the mapping is larger than %d bytes: is this the bank's file?", maxMapping)
	}
	m := &Mapping{Delimiter: ",", Decimal: "."}
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(m); err != nil {
		return nil, fmt.Errorf("the mapping: %w", err)
	}
	if d := []rune(m.Delimiter); len(d) != 1 || !strings.ContainsRune(",;\t|", d[0]) {
		return nil, fmt.Errorf("delimiter: %q is none of comma, semicolon, tab and |", m.Delimiter)
	}
	m.delimiter = []rune(m.Delimiter)[0]
	has := func(name string) bool { return m.Column[name] != "" }
	var known bool
	if m.layout, known = layouts[m.Days]; !known {
		return nil, fmt.Errorf("days: %q is none of YYYY-MM-DD, DD/MM/YYYY, MM/DD/YYYY, YYYYMMDD", m.Days)
	}
	for name, header := range m.Column {
		if !slices.Contains(columns, name) || header == "" {
			return nil, fmt.Errorf("column.%s: is none of %s, or names no header", name, strings.Join(columns, ", "))
		}
	}
	switch {
	case m.Decimal != "." && m.Decimal != ",":
		return nil, fmt.Errorf("decimal: %q is neither . nor ,", m.Decimal)
	case m.Order != "oldest first" && m.Order != "newest first":
		return nil, errors.New(`order: write "oldest first" or "newest first": it shows whether rows are missing or stuck together`)
	case !has("booked"):
		return nil, errors.New("column.booked: is missing: name the header of the day on which the bank entered it")
	case has("amount") == (has("credit") || has("debit")) || has("credit") != has("debit"):
		return nil, errors.New("column.amount: name one signed column as amount, or two as credit and debit")
	case has("account") == (m.Account != ""):
		return nil, errors.New("account: write the account, or name its column, one of the two")
	case has("currency") == (m.Currency != ""):
		return nil, errors.New(`currency: write "CAD", or name its column, one of the two`)
	}
	m.Currency = strings.ToUpper(m.Currency)
	return m, nil
}

// find says where the columns of the mapping are.
func (m *Mapping) find(header []string) (map[string]int, error) {
	at := map[string]int{}
	for name, wanted := range m.Column {
		found := 0
		for i, h := range header {
			if strings.TrimSpace(h) == wanted {
				at[name] = i
				found++
			}
		}
		if found != 1 {
			return nil, Wrong(1, wanted, "Compare the first line of the file with the mapping", "the column is there %d times, and once is wanted", found)
		}
	}
	return at, nil
}
