package letter

import (
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"fundy/city"
	"fundy/locale"
)

// The layout, in mm and points. The address stands where a No. 10 envelope has its window.
const (
	left, right, top = 25.0, 20.0, 15.0
	foot             = 38.0 // of each page
	codeSide         = 24.0
	addressTop       = 50.0
	textTop          = 84.0
	labelWidth       = 82.0
	body, small      = 10.0, 8.0
	line             = 5.0
)

// sheet is a letter being written.
type sheet struct {
	pdf   *fpdf.Fpdf
	paper Paper
	code  *qr.Code
	of    int     // pages, once that is known
	apart bool    // each language has pages of its own
	width float64 // between the margins
}

// pages writes the letter; of is how many pages it has, 0 where that is not known yet. Where it has more than one, each
// language begins on its own.
func (p Paper) pages(of int, apart bool) (*sheet, error) {
	squares, err := code(p.City.Portal)
	if err != nil {
		return nil, err
	}
	s := &sheet{pdf: newPDF(p), paper: p, code: squares, of: of, apart: apart}
	s.pdf.SetMargins(left, top, right)
	s.pdf.SetAutoPageBreak(true, foot)
	s.pdf.SetFooterFunc(s.foot)
	s.pdf.AddPage()
	wide, _ := s.pdf.GetPageSize()
	s.width = wide - left - right
	s.head()
	for i, part := range p.Parts {
		switch {
		case i > 0 && apart:
			s.pdf.AddPage()
		case i > 0:
			s.rule()
		}
		s.part(part)
	}
	if err := s.pdf.Error(); err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	return s, nil
}

func (s *sheet) text(style string, size float64, text string) {
	s.pdf.SetFont(font, style, size)
	s.pdf.MultiCell(0, line*size/body, text, "", "L", false)
}

// head says who writes, to whom, when, and under which reference; in each language.
func (s *sheet) head() {
	if s.paper.City.Kind != city.Live {
		for _, part := range s.paper.Parts {
			s.text("B", small, say(part.Language, "kind."+string(s.paper.City.Kind)))
		}
	}
	seen := map[string]bool{}
	for _, part := range s.paper.Parts {
		name := s.paper.City.Name[part.Language]
		address := strings.Join(strings.Split(strings.TrimSpace(s.paper.City.Address[part.Language]), "\n"), ", ")
		if seen[name+address] {
			continue
		}
		seen[name+address] = true
		s.text("B", 12, name)
		s.text("", small, address+", "+s.paper.City.Phone)
	}
	if len(s.paper.To) > 0 {
		s.pdf.SetY(max(s.pdf.GetY()+2, addressTop))
		for _, l := range s.paper.To {
			s.text("", body, l)
		}
		s.pdf.SetY(max(s.pdf.GetY()+4, textTop))
	} else {
		s.pdf.SetY(s.pdf.GetY() + 6)
	}
	for _, part := range s.paper.Parts {
		day := locale.Day(string(part.Language), s.paper.Date.In(s.paper.City.Zone))
		s.text("", body, say(part.Language, "head", "day", day, "reference", s.paper.Reference))
	}
	for i, part := range s.paper.Parts {
		if i > 0 && s.apart {
			s.text("B", body, say(part.Language, "follows"))
		}
	}
	s.pdf.Ln(3)
}

func (s *sheet) rule() {
	s.pdf.Ln(3)
	s.keep(30)
	y := s.pdf.GetY()
	s.pdf.Line(left, y, left+s.width, y)
	s.pdf.Ln(4)
}

// keep begins a page where less than so much of this one is left, in mm.
func (s *sheet) keep(height float64) {
	_, tall := s.pdf.GetPageSize()
	if s.pdf.GetY()+height > tall-foot {
		s.pdf.AddPage()
	}
}

func (s *sheet) part(p Part) {
	s.text("B", 13, p.Subject)
	s.pdf.Ln(2)
	for _, text := range p.Paragraphs {
		s.text("", body, text)
		s.pdf.Ln(2)
	}
	for _, t := range p.Tables {
		s.keep(3 * line)
		if t.Heading != "" {
			s.text("B", body+1, t.Heading)
		}
		for _, r := range t.Rows {
			s.row(r)
		}
		s.pdf.Ln(3)
	}
	for _, text := range p.Closing {
		s.text("", body, text)
		s.pdf.Ln(2)
	}
}

// row writes a label and its value side by side; both may have several lines, and stay on one page.
func (s *sheet) row(r Row) {
	style := ""
	if r.Sum {
		style = "B"
	}
	s.pdf.SetFont(font, style, body)
	lines := max(len(s.pdf.SplitText(r.Label, labelWidth-4)), len(s.pdf.SplitText(r.Value, s.width-labelWidth-2)), 1)
	s.keep(float64(lines) * line)
	y := s.pdf.GetY()
	s.pdf.MultiCell(labelWidth, line, r.Label, "", "L", false)
	end := s.pdf.GetY()
	s.pdf.SetXY(left+labelWidth, y)
	s.pdf.MultiCell(s.width-labelWidth, line, r.Value, "", "L", false)
	s.pdf.SetXY(left, max(end, s.pdf.GetY()))
}

// foot says on each page how to ask whether the letter is ours, and shows the portal's address.
func (s *sheet) foot() {
	wide, tall := s.pdf.GetPageSize()
	y := tall - foot + 4
	s.pdf.Line(left, y, wide-right, y)
	s.pdf.SetXY(left, y+2)
	s.pdf.SetFont(font, "", small)
	width := wide - left - right - codeSide - 4
	for _, part := range s.paper.Parts {
		s.pdf.SetX(left)
		s.pdf.MultiCell(width, 3.6, say(part.Language, "ours", "portal", s.paper.City.Portal, "reference", s.paper.Reference), "", "L", false)
	}
	if s.of > 0 {
		s.pdf.SetX(left)
		s.pdf.MultiCell(width, 3.6, fmt.Sprintf("%s   %d / %d", s.paper.Reference, s.pdf.PageNo(), s.of), "", "L", false)
	}
	s.squares(wide-right-codeSide, y+2)
}

// squares draws the code, with the quiet border that readers of codes want: the paper's own white.
func (s *sheet) squares(x, y float64) {
	s.pdf.SetFillColor(0, 0, 0)
	one := codeSide / float64(s.code.Size)
	for row := range s.code.Size {
		for from := 0; from < s.code.Size; {
			to := from
			for to < s.code.Size && s.code.Black(to, row) {
				to++
			}
			if to > from {
				s.pdf.Rect(x+float64(from)*one, y+float64(row)*one, float64(to-from)*one, one, "F")
			}
			from = to + 1
		}
	}
}
