package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Limits of a mapping.
const (
	maxMapping = 1 << 20 // bytes of a mapping or of a table beside it
	maxTable   = 20_000  // lines of a table
)

// Mapping says how a city's export is read: where each of a ticket's fields stands, and how it is
// written. docs/mapping.md teaches it. Make one with ParseMapping or LoadMapping.
type Mapping struct {
	Name        string
	About       string
	Attribution string
	Digest      string // hex SHA-256 of its text and its tables
	MadeUp      string // why numbers or plates are made up; "" when none is
	regime      string
	file        fileSpec
	refs        []ref              // the columns that it names, each once
	fields      map[string]*source // by our field's name
	events      map[string]*source
	eventKinds  []string                  // of events, in order
	words       map[int]map[string]string // by ref: what stands for what inside a template
	number      *form
	plate       *form
	picks       []pick
	shift       bool
}

// mappingText is a mapping as it is written.
type mappingText struct {
	Name        string                       `toml:"name"`
	About       string                       `toml:"about"`
	Attribution string                       `toml:"attribution"`
	Regime      string                       `toml:"regime"`
	File        fileText                     `toml:"file"`
	Field       map[string]sourceText        `toml:"field"`
	Event       map[string]sourceText        `toml:"event"`
	Table       map[string]map[string]string `toml:"table"`
	TableFile   map[string]string            `toml:"table_file"`
	Words       map[string]map[string]string `toml:"words"`
	MadeUp      madeUpText                   `toml:"made_up"`
}

type fileText struct {
	Encoding  string   `toml:"encoding"`
	Delimiter string   `toml:"delimiter"`
	Quoting   string   `toml:"quoting"`
	Header    *bool    `toml:"header"`
	Columns   []string `toml:"columns"`
	Zone      string   `toml:"zone"`
	Blank     []string `toml:"blank"`
	Earliest  string   `toml:"earliest"`
}

type sourceText struct {
	Column    any               `toml:"column"` // a header's name or a position from 1
	Constant  *string           `toml:"constant"`
	Template  string            `toml:"template"`
	Match     string            `toml:"match"`
	Values    map[string]string `toml:"values"`
	Otherwise string            `toml:"otherwise"`
	Blank     []string          `toml:"blank"`
	Forms     []string          `toml:"forms"`
	Decimal   string            `toml:"decimal"`
	None      []string          `toml:"none"`
	Table     string            `toml:"table"`
	OnMissing string            `toml:"on_missing"`
	Required  bool              `toml:"required"`
}

type madeUpText struct {
	Why       string     `toml:"why"`
	Number    *formText  `toml:"number"`
	Plate     *formText  `toml:"plate"`
	Pick      []pickText `toml:"pick"`
	ShiftWeek bool       `toml:"shift_weeks"`
}

type formText struct {
	Form string `toml:"form"`
	Seed []any  `toml:"seed"`
}

type pickText struct {
	OneIn    int                 `toml:"one_in"`
	Only     map[string][]string `toml:"only"`
	AgedDays int                 `toml:"aged_days"`
	Set      map[string]string   `toml:"set"`
}

// LoadMapping reads a mapping's file and the tables beside it.
func LoadMapping(path string) (Mapping, []error) {
	text, err := readLimited(path)
	if err != nil {
		return Mapping{}, []error{err}
	}
	return ParseMapping(text, func(name string) ([]byte, error) {
		if name != filepath.Base(name) {
			return nil, fmt.Errorf("%q is a path: put the table's file beside the mapping and write its name only", name)
		}
		return readLimited(filepath.Join(filepath.Dir(path), name))
	})
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	defer f.Close() //nolint:errcheck // opened to read
	b, err := io.ReadAll(io.LimitReader(f, maxMapping+1))
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	if len(b) > maxMapping {
		return nil, fmt.Errorf("%s is larger than %d bytes: a mapping is a page of text; is this the data?", filepath.Base(path), maxMapping)
	}
	return b, nil
}

// ParseMapping reads a mapping. beside reads a table's file by its name; nil when there is none. Either the
// mapping or its faults come back; each fault names the field, what is wrong and the fix.
func ParseMapping(text []byte, beside func(name string) ([]byte, error)) (Mapping, []error) {
	if len(text) > maxMapping {
		return Mapping{}, []error{fmt.Errorf("the mapping is larger than %d bytes", maxMapping)}
	}
	var t mappingText
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&t); err != nil {
		return Mapping{}, []error{tomlFault(err)}
	}
	sum := sha256.New()
	sum.Write(text)
	b := builder{text: t, m: Mapping{Name: t.Name, About: t.About, Attribution: t.Attribution, regime: t.Regime}}
	if err := b.readTables(beside, sum); err != nil {
		return Mapping{}, []error{err}
	}
	b.build()
	if len(b.faults) > 0 {
		return Mapping{}, b.faults
	}
	b.m.Digest = hex.EncodeToString(sum.Sum(nil))
	return b.m, nil
}

// tomlFault names the line of what the TOML reader did not like.
func tomlFault(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		row, _ := strict.Errors[0].Position()
		key := ""
		for _, k := range strict.Errors[0].Key() {
			key += "." + k
		}
		return fmt.Errorf("line %d: unknown setting %q: check its spelling against docs/mapping.md", row, key[1:])
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, column := decode.Position()
		return fmt.Errorf("line %d, column %d: %w", row, column, err)
	}
	return fmt.Errorf("read mapping: %w", err)
}

// readTables adds the tables that stand in files of their own: two columns, code and offence, under a header.
func (b *builder) readTables(beside func(string) ([]byte, error), sum io.Writer) error {
	for _, table := range sortedKeys(b.text.TableFile) {
		name := b.text.TableFile[table]
		if beside == nil {
			return fmt.Errorf("table_file.%s: no files can be read here: write the table into the mapping as [table.%s]", table, table)
		}
		content, err := beside(name)
		if err != nil {
			return fmt.Errorf("table_file.%s: %w", table, err)
		}
		_, _ = sum.Write(content)
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte(byteOrderMark))))
		r.FieldsPerRecord = 2
		lines, err := r.ReadAll()
		if err != nil || len(lines) < 2 {
			return fmt.Errorf("table_file.%s: %q must have two columns, code and offence, under a header: %v", table, name, err)
		}
		if b.text.Table == nil {
			b.text.Table = map[string]map[string]string{}
		}
		if _, twice := b.text.Table[table]; twice {
			return fmt.Errorf("table_file.%s: [table.%s] is there too: keep one", table, table)
		}
		b.text.Table[table] = map[string]string{}
		for _, l := range lines[1:] {
			b.text.Table[table][strings.TrimSpace(l[0])] = strings.TrimSpace(l[1])
		}
	}
	return nil
}
