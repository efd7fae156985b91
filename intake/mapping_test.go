package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

const least = `name = "x"
[field]
number = { column = "n" }
issued_on = { column = "d", forms = ["YYYY-MM-DD"] }
offence = { column = "c" }
plate = { column = "p" }
`

// Each fault names the place, what is wrong and the fix.
func TestAFaultyMappingSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"misspelt setting", `name = "x"`, "name = \"x\"\nnmae = 1", `line 2: unknown setting "nmae"`},
		{"not TOML", `name = "x"`, `name = `, "line 1, column"},
		{"misspelt field", "plate =", "plaet =", `field.plaet: is not a field of a ticket; did you mean "plate"?`},
		{"no name", `name = "x"`, "", "name: is missing"},
		{"no number", `number = { column = "n" }`, "", "field.number: must come from the file or from [made_up]"},
		{"no plate", `plate = { column = "p" }`, "", "field.plate: is missing"},
		{"no notation", `, forms = ["YYYY-MM-DD"]`, "", `field.issued_on.forms: is missing`},
		{"unknown notation", "YYYY-MM-DD", "jj-mm", `field.issued_on.forms: notation "jj-mm" has "j" in it`},
		{"time for a day", "YYYY-MM-DD", "HH:MM", "has no year, month and day"},
		{"two sources", `{ column = "c" }`, `{ column = "c", constant = "7" }`, "field.offence: has 2 of column, constant and template"},
		{"no such table", `{ column = "c" }`, `{ column = "c", table = "t" }`, "field.offence.table: \"t\" is not there: add [table.t]"},
		{"table elsewhere", `{ column = "p" }`, `{ column = "p", table = "t" }`, "field.plate: table and on_missing belong to field.offence"},
		{"bad position", `{ column = "p" }`, `{ column = 0 }`, "field.plate.column: position 0"},
		{"unknown encoding", "[field]", "[file]\nencoding = \"ebcdic\"\n[field]", "file.encoding: \"ebcdic\" is not known: use utf-8"},
		{"unknown delimiter", "[field]", "[file]\ndelimiter = \"::\"\n[field]", "file.delimiter"},
		{"unknown quoting", "[field]", "[file]\nquoting = \"csv\"\n[field]", "file.quoting: \"csv\" is not known: use rfc4180"},
		{"unknown zone", "[field]", "[file]\nzone = \"AST\"\n[field]", "file.zone: \"AST\" is not a time zone"},
		{"name without header", "[field]", "[file]\nheader = false\ncolumns = [\"num\", \"d\", \"c\", \"p\"]\n[field]", `"n" is not in file.columns`},
		{"made up in secret", "[field]", "[made_up]\nshift_weeks = true\n[field]", "made_up.why: is missing: say openly"},
		{"twice a plate", "[field]", "[made_up]\nwhy = \"x\"\nplate = { form = \"###\" }\n[field]", "field.plate: comes from the file and from [made_up]"},
		{"bad expression", `{ column = "c" }`, `{ column = "c", match = "(" }`, "field.offence.match"},
		{"payment without day", "[field]", "[field]\npaid_amount = { column = \"x\" }", "field.paid_on: is missing beside paid_amount"},
	} {
		text := strings.Replace(least, c.from, c.to, 1)
		if text == least {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		_, faults := ParseMapping([]byte(text), nil)
		found := false
		for _, f := range faults {
			found = found || strings.Contains(f.Error(), c.want)
		}
		if !found {
			t.Errorf("%s: faults are %v, want one with %q", c.name, faults, c.want)
		}
	}
	if _, faults := ParseMapping([]byte(least), nil); len(faults) > 0 {
		t.Errorf("a good mapping has faults: %v", faults)
	}
}

func TestAColumnThatIsNotThereIsNamedWithTheHeader(t *testing.T) {
	t.Parallel()
	m, faults := ParseMapping([]byte(strings.Replace(least, `column = "p"`, `column = "Plate.ID"`, 1)), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for header, want := range map[string]string{
		"n,d,c,Plate_ID\n":   `column "Plate.ID" is not in the header; did you mean "Plate_ID"?`,
		"n,d,c,Plate.ID,n\n": `the header has "n" twice, in columns 1 and 5`,
		"":                   "the file is empty",
	} {
		if _, err := m.open(strings.NewReader(header)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("header %q: %v, want %q", header, err, want)
		}
	}
}

func TestAFileWithoutAHeaderIsReadByPositions(t *testing.T) {
	t.Parallel()
	m, faults := ParseMapping([]byte(`name = "x"
[file]
header = false
delimiter = "\t"
[field]
number = { column = 2, match = "^No\\. (.*)$" }
issued_at = { column = 1, forms = ["YYYY-MM-DD HH:MM"] }
offence = { template = "{3}x", values = { "7x" = "SEVEN" }, otherwise = "=OTHER" }
plate = { column = 4 }
`), nil)
	if len(faults) == 0 {
		t.Fatal("a position inside a template is taken for a name that is not there")
	}
	m, faults = ParseMapping([]byte(`name = "x"
[file]
header = false
delimiter = "\t"
[field]
number = { column = 2, match = "^No\\. (.*)$" }
issued_at = { column = 1, forms = ["YYYY-MM-DD HH:MM"] }
offence = { column = 3, values = { "7" = "SEVEN" }, otherwise = "=OTHER" }
plate = { column = 4 }
`), nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f, err := m.open(strings.NewReader("2026-01-02 03:04\tNo. 0017\t7\tABC\n2026-01-02 03:05\tNo. 18\t8\tABC\n2026-01-02\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ number, offence string }{{"0017", "SEVEN"}, {"18", "OTHER"}} {
		d, reject, _ := f.next()
		if reject != nil || d.number != want.number || d.offence != want.offence || !d.timeKnown {
			t.Errorf("reads %+v, %+v; want %v", d, reject, want)
		}
	}
	if _, reject, _ := f.next(); reject == nil || reject.Line != 3 {
		t.Errorf("a short row is taken: %+v", reject)
	}
}

func TestShippedMappingsAreGood(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../examples/mappings/*.toml")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d mappings, %v", len(paths), err)
	}
	for _, path := range paths {
		if _, faults := LoadMapping(path); len(faults) > 0 {
			t.Errorf("%s: %v", path, faults)
		}
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte(least), "n,d,c,p\n1,2026-01-02,7,ABC\n")
	for _, name := range []string{"toronto", "toronto-demo", "newyork-raw", "chicago"} {
		text, err := os.ReadFile("../examples/mappings/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "Tag,Issue_Date,Code\n***1,2022-11-21,3\n")
	}
	f.Fuzz(func(t *testing.T, text []byte, data string) {
		m, faults := ParseMapping(text, nil)
		if len(faults) > 0 {
			return
		}
		rows, err := m.open(strings.NewReader(data))
		if err != nil {
			return
		}
		for {
			d, reject, ok := rows.next()
			if !ok {
				return
			}
			if (d == nil) == (reject == nil) {
				t.Fatal("a row is neither read nor rejected")
			}
		}
	})
}

// What docs/mapping.md shows is read as it stands there.
func TestTheManualsExamplesAreRead(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(manual), "```toml\n")[1:]
	if len(blocks) < 9 {
		t.Fatalf("%d examples, want 9 or more", len(blocks))
	}
	for _, b := range blocks {
		text, _, _ := strings.Cut(b, "```")
		whole := strings.Contains(text, "offence ")
		if !strings.Contains(text, "[") || !strings.Contains(text, "\n[") && !strings.HasPrefix(text, "[") {
			text = "[field]\n" + text
		}
		if !strings.Contains(text, "name =") && !strings.Contains(text, "name  =") {
			text = "name = \"manual\"\n" + text
		}
		var m mappingText
		if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&m); err != nil {
			t.Errorf("%v in:\n%s", err, text)
		}
		if _, faults := ParseMapping([]byte(text), nil); whole && len(m.Table) == 0 && len(faults) > 0 {
			t.Errorf("%v in:\n%s", faults, text)
		}
	}
}
