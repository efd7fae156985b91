// Package letter writes the city's letters and receipts on paper, as PDF.
//
// Invariants:
//   - it does no I/O, knows no store and takes the time as an argument: the same letter is the same bytes;
//   - where the reader's language is not known, one letter says the same in each of the city's languages, in equal type;
//   - every page carries the letter's reference, how to ask whether it is the city's own, and the portal's address as a
//     code and in letters: nothing in it has to be scanned;
//   - a receipt names no owner and no plate, but for the copy that staff give to the person whom it names.
//
// The file is not tagged for readers of screens: the page (HTML) is the accessible record, and the PDF is its paper.
package letter

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"golang.org/x/image/font/sfnt"
	"rsc.io/qr"

	"fundy/city"
)

// Size is a size of paper.
type Size string

// The sizes.
const (
	Letter Size = "letter" // 215.9 × 279.4 mm: Canada and the United States
	A4     Size = "a4"     // 210 × 297 mm
)

// Sizes are all of them, the city's usual one first.
var Sizes = []Size{Letter, A4}

// City is what a letter says of the city that writes it.
type City struct {
	Kind     city.Kind
	Name     city.Text
	Address  city.Text // lines separated by \n
	Phone    string
	Regime   string
	Currency string
	Zone     *time.Location
	Portal   string // the address that is printed on the ticket
}

// Paper is one letter: plain data. Parts say the same, one in each language.
type Paper struct {
	City      City
	Size      Size
	Reference string
	Date      time.Time
	To        []string // name and address, as on the envelope; none: it is handed over
	Parts     []Part
}

// Part is what a letter says in one language.
type Part struct {
	Language   city.Language
	Subject    string
	Paragraphs []string // before the tables
	Tables     []Table
	Closing    []string // after them
}

// Table is some lines under a heading: what something is, and how much or which.
type Table struct {
	Heading string
	Rows    []Row
}

// Row is a line of a table.
type Row struct {
	Label, Value string
	Sum          bool // a total: in bold
}

// Limits of a letter. A decision with its reasons is two pages.
const (
	textMost  = 64 << 10 // bytes of all that is written
	rowsMost  = 500
	pagesMost = 30
	linesMost = 8 // of an address
)

// Render writes a letter as PDF: some 30 KB, of which the two fonts' used letters are the most. An error says what is wrong with
// what it was given.
func Render(p Paper) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	first, err := p.pages(0, false)
	if err == nil && first.pdf.PageCount() > 1 && len(p.Parts) > 1 {
		first, err = p.pages(0, true)
	}
	if err != nil {
		return nil, err
	}
	if n := first.pdf.PageCount(); n > pagesMost {
		return nil, fmt.Errorf("letter: it has %d pages, and %d are the most", n, pagesMost)
	}
	whole, err := p.pages(first.pdf.PageCount(), first.apart) // now each page can say of how many it is
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := whole.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	return b.Bytes(), nil
}

func (p Paper) check() error {
	switch {
	case p.Reference == "" || p.Date.IsZero() || p.City.Zone == nil || p.City.Portal == "":
		return fmt.Errorf("letter: reference, date, clock and address of the portal are wanted")
	case len(p.Parts) == 0:
		return fmt.Errorf("letter: it says nothing")
	case len(p.To) > linesMost:
		return fmt.Errorf("letter: the address has %d lines, and %d are the most", len(p.To), linesMost)
	case p.Size != Letter && p.Size != A4:
		return fmt.Errorf("letter: %q is no size of paper", p.Size)
	}
	size, rows := 0, 0
	for _, text := range p.texts() {
		size += len(text)
		if missing := Unprintable(text); missing != "" {
			return fmt.Errorf("letter: the font does not have %q", missing)
		}
	}
	for _, part := range p.Parts {
		if words[string(part.Language)] == nil {
			return fmt.Errorf("letter: there are no words in %q", part.Language)
		}
		for _, t := range part.Tables {
			rows += len(t.Rows)
		}
	}
	if size > textMost || rows > rowsMost {
		return fmt.Errorf("letter: %d bytes and %d lines of tables are too much: %d and %d are the most", size, rows, textMost, rowsMost)
	}
	return nil
}

// texts is all that the writer of a letter has given to be written.
func (p Paper) texts() []string {
	all := append([]string{p.Reference, p.City.Phone, p.City.Portal}, p.To...)
	for _, part := range p.Parts {
		all = append(all, p.City.Name[part.Language], p.City.Address[part.Language], part.Subject)
		all = append(append(all, part.Paragraphs...), part.Closing...)
		for _, t := range part.Tables {
			all = append(all, t.Heading)
			for _, r := range t.Rows {
				all = append(all, r.Label, r.Value)
			}
		}
	}
	return all
}

// regular says which letters there are. The bold font has the same but for a few that no language of a letter has.
var regular = func() *sfnt.Font {
	f, err := sfnt.Parse(dejavusans.TTF)
	if err != nil {
		panic(err) // a file of the program
	}
	return f
}()

// Unprintable is which letters of a text the font does not have, each once; "" where it has all.
func Unprintable(text string) string {
	var missing strings.Builder
	var b sfnt.Buffer
	for _, r := range text {
		if r == '\n' {
			continue
		}
		index, err := regular.GlyphIndex(&b, r)
		if (err != nil || index == 0 || r > 0xffff || unicode.IsControl(r)) && !strings.ContainsRune(missing.String(), r) {
			missing.WriteRune(r)
		}
	}
	return missing.String()
}

// Unprintable is which letters of all that it says the font does not have, each once.
func (p Paper) Unprintable() string { return Unprintable(strings.Join(p.texts(), "\n")) }

// code is the portal's address as squares: black ones by column and row, and how many there are on a side.
func code(address string) (*qr.Code, error) {
	c, err := qr.Encode(address, qr.M)
	if err != nil {
		return nil, fmt.Errorf("letter: code of the portal's address: %w", err)
	}
	return c, nil
}

func newPDF(p Paper) *fpdf.Fpdf {
	pdf := fpdf.New("P", "mm", map[Size]string{Letter: "Letter", A4: "A4"}[p.Size], "")
	pdf.AddUTF8FontFromBytes(font, "", dejavusans.TTF)
	pdf.AddUTF8FontFromBytes(font, "B", dejavusansbold.TTF)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(p.Date.UTC())
	pdf.SetModificationDate(p.Date.UTC())
	pdf.SetProducer("Fundy", true)
	pdf.SetCreator("Fundy", true)
	pdf.SetAuthor(p.City.Name[p.Parts[0].Language], true)
	pdf.SetTitle(p.Parts[0].Subject, true)
	pdf.SetSubject(p.Reference, true)
	pdf.SetLang(string(p.Parts[0].Language) + "-CA")
	return pdf
}

const font = "dejavu"
