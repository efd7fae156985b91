package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/letter"
	"fundy/payment"
	"fundy/store"
)

// bothLanguages is the choice of one letter that says the same in each of the city's languages.
const bothLanguages = "both"

// letterKinds begin the kind of a message that is paper.
const letterKinds = payment.PaperKinds

// draft is a letter before it has a reference: what it is about, and what writes it.
type draft struct {
	Kind     string // of the message, without letterKinds: item, refund, returned, receipt, named
	About    string // what names it in its task: the same is the same letter again
	Ref      string // the attempt's, "" for none
	Language string // the reader's; "" where nobody knows
	Person   string // whom a named copy names: in the file and nowhere else
	Back     string // the page that it was asked for on
	Write    func([]city.Language) ([]letter.Part, error)
}

// letterPage is a letter to be printed: its words, which are the accessible record, and what the paper needs.
type letterPage struct {
	draft
	Action  string
	Parts   []letter.Part
	Choice  paperChoice
	Address string // as typed
}

// source reads what a letter is about, or ErrNotFound where there is none to be written.
type source func(ctx context.Context, tx *store.Tx, id string) (draft, error)

// showLetter shows a letter's words and asks for whom it is.
func (p *Pages) showLetter(from source, field, action string) handler {
	return func(w http.ResponseWriter, r *http.Request, v *view) error {
		d, err := p.draft(r, from, field)
		if errors.Is(err, store.ErrNotFound) {
			return p.show(w, v, http.StatusNotFound, "wrong")
		}
		if err != nil {
			return err
		}
		return p.letterPage(w, v, &letterPage{draft: d, Action: action + r.PathValue(field), Choice: p.choice(d.Language)})
	}
}

func (p *Pages) letterPage(w http.ResponseWriter, v *view, page *letterPage) error {
	var err error
	if page.Parts, err = page.Write([]city.Language{city.Language(v.Lang)}); err != nil {
		return err
	}
	v.Data, v.Back = page, page.Back
	return p.answer(w, v, "letter")
}

// choice is what a reader's letter is printed in and on, unless it is asked for otherwise.
func (p *Pages) choice(known string) paperChoice {
	all := p.letterLanguages()
	if known == "" {
		known = all[len(all)-1]
	}
	return paperChoice{Languages: all, Sizes: letter.Sizes, Lang: known, Size: string(letter.Sizes[0])}
}

// letterLanguages is what a letter can be written in.
func (p *Pages) letterLanguages() []string {
	all := []string{}
	for _, l := range p.city.Languages {
		all = append(all, string(l))
	}
	if len(all) > 1 {
		all = append(all, bothLanguages)
	}
	return all
}

// printLetter writes a letter to the address that was typed. The address goes into the file and is kept nowhere.
func (p *Pages) printLetter(from source, field, action string) handler {
	return func(w http.ResponseWriter, r *http.Request, v *view) error {
		d, err := p.draft(r, from, field)
		if errors.Is(err, store.ErrNotFound) {
			return p.show(w, v, http.StatusNotFound, "wrong")
		}
		if err != nil {
			return err
		}
		page := &letterPage{draft: d, Action: action + r.PathValue(field), Choice: p.choice(d.Language), Address: r.PostForm.Get("address")}
		to, no := addressLines(page.Address)
		lang, size := bounded(r, "language"), bounded(r, "size")
		if wrong := p.letterProblem(lang, size); wrong == nil {
			page.Choice.Lang, page.Choice.Size = lang, size
		} else if no == nil {
			no = wrong
		}
		if no != nil {
			v.Problem = no
			return p.letterPage(w, v, page)
		}
		return p.sendPDF(w, r, v, d, lang, letter.Size(size), to)
	}
}

// addressMost bounds an address, in bytes of a line.
const addressMost = 100

// addressLines reads a name and an address as they stand on an envelope.
func addressLines(typed string) ([]string, *problem) {
	var lines []string
	for l := range strings.Lines(strings.ReplaceAll(typed, "\r\n", "\n")) {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		if len(l) > addressMost {
			return nil, &problem{Field: "address", Key: "letter.address.long", Fill: []any{"most", addressMost}}
		}
		if missing := letter.Unprintable(l); missing != "" {
			return nil, &problem{Field: "address", Key: "letter.unprintable", Fill: []any{"letters", missing}}
		}
		lines = append(lines, l)
	}
	switch {
	case len(lines) < 2:
		return nil, &problem{Field: "address", Key: "letter.address.missing"}
	case len(lines) > 6: // a window shows no more
		return nil, &problem{Field: "address", Key: "letter.address.lines"}
	}
	return lines, nil
}

func (p *Pages) letterProblem(lang, size string) *problem {
	if !slices.Contains(p.letterLanguages(), lang) || !slices.Contains(letter.Sizes, letter.Size(size)) {
		return &problem{Field: "language", Key: "letter.choose"}
	}
	return nil
}

func (p *Pages) draft(r *http.Request, from source, field string) (d draft, err error) {
	err = p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = from(ctx, tx, r.PathValue(field))
		return err
	})
	return d, err
}

// letterLeaf is what the log is told of a letter: never to whom.
type letterLeaf struct {
	Reference string `json:"reference"`
	Kind      string `json:"kind"`
	Attempt   string `json:"attempt,omitempty"`
	Who       string `json:"who"`
	Again     bool   `json:"again"`
	Back      bool   `json:"back,omitempty"` // the post has brought it back
}

// sendPDF records a letter and answers with its file. The record and the leaf are there first: a crash between leaves a
// reference that nobody has, and the same letter asked for again gets it.
func (p *Pages) sendPDF(w http.ResponseWriter, r *http.Request, v *view, d draft, lang string, size letter.Size, to []string) error {
	parts, err := d.Write(p.languagesOf(lang))
	if err != nil {
		return err
	}
	m := payment.Message{Kind: letterKinds + d.Kind, Ref: d.Ref, Language: lang, Task: strings.Join([]string{"letter", d.Kind, d.About, lang}, "/"), Reference: ident.Message(), MadeAt: p.Now()}
	err = p.Store.Write(r.Context(), fault.MakeLetter, func(ctx context.Context, tx *store.Tx) error {
		made, fresh, err := tx.MakeMessage(ctx, m)
		if err != nil {
			return err
		}
		m = made
		return tx.Tell(ctx, "letter", p.Now(), letterLeaf{Reference: m.Reference, Kind: m.Kind, Attempt: m.Ref, Who: v.Name(), Again: !fresh})
	})
	if err != nil {
		return err
	}
	return p.writePDF(w, m, size, to, parts)
}

// writePDF answers with the file of a letter that is on record.
func (p *Pages) writePDF(w http.ResponseWriter, m payment.Message, size letter.Size, to []string, parts []letter.Part) error {
	from, err := p.letterCity(m.MadeAt)
	if err != nil {
		return err
	}
	file, err := letter.Render(letter.Paper{City: from, Size: size, Reference: m.Reference, Date: m.MadeAt, To: to, Parts: parts})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="`+strings.TrimPrefix(m.Kind, letterKinds)+"-"+m.Reference+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(file) // who has gone away asks again
	return nil
}

// letterCity is what a letter of an instant says of the city.
func (p *Pages) letterCity(at time.Time) (letter.City, error) {
	profile, ok := p.Rules().ProfileOn(city.DateOf(at, p.city.Zone))
	if !ok {
		return letter.City{}, errors.New("the city has no profile that day")
	}
	return letter.City{
		Kind: p.city.Kind, Name: profile.Name, Address: profile.Address, Phone: profile.Phone, Regime: p.city.Regime, Currency: p.city.Currency,
		Zone: p.city.Zone, Portal: p.Settings.Portal.PublicURL,
	}, nil
}
