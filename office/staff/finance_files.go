package staff

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
)

// Intake reads files of tickets, and knows how the city's files are written. The office does it: these pages hold no
// key that seals or indexes.
type Intake struct {
	// Mappings are the names of the city's mappings of tickets.
	Mappings func() ([]string, error)
	// BankMapping is how the bank writes CSV; nil where nobody has said.
	BankMapping func() (*bank.Mapping, error)
	// Run imports a file, or says what it would do. A file that can't be read is a *FileFault.
	Run func(ctx context.Context, ask ImportAsk) (Imported, error)
}

// ImportAsk is a file of tickets to be looked at, or applied.
type ImportAsk struct {
	Name    string
	Content []byte
	Mapping string
	Apply   bool
}

// Imported is what a file of tickets came to, or would come to.
type Imported struct {
	Rows, New, Same, Changed, Rejected int
	Fines                              money.Amount
	Codes                              []CodeTotal
	Rejects                            []RejectedRow // the first of them
	MadeUp                             string
}

// CodeTotal counts the rows of one of the file's codes.
type CodeTotal struct {
	Code, Offence string
	Rows          int
	Fines         money.Amount
}

// RejectedRow is a row that can't go in: where, and why. It holds nothing out of the row.
type RejectedRow struct {
	Line           int
	Column, Reason string
	Field          string // of the ticket, by its name in a mapping; "": the row as a whole
	French         string // the reason
}

// In is the reason in a language.
func (r RejectedRow) In(lang string) string {
	if lang == "fr" && r.French != "" {
		return r.French
	}
	return r.Reason
}

// ErrMapping is a mapping that the city does not have, or that can't be read.
var ErrMapping = errors.New("the mapping can't be used")

// FileFault is why a file can't be read, in the words of who has read it. Of what the operator has written wrongly there is
// no French.
type FileFault struct{ What, French string }

func (f *FileFault) Error() string { return f.What }

// Limits of a file in rows, and of the lists on the page.
const (
	rowsMost   = 50_000
	filesShown = 20
	heldShown  = 200
	applyLimit = 10 * time.Minute
)

// filesPage is where files come in, and what came.
type filesPage struct {
	Mappings []string
	Mapping  string
	Gap      string // why a statement that is missing can't be had, as typed
	Rules    bool   // there is a deposits.toml
	Tickets  bool   // files of tickets are taken
	Bank     []store.BankFile
	Imports  []store.Batch
	Held     []store.Held
	Waiting  []store.FolderFile // came by a folder, and wait for a person
	Which    string             // the form with the problem: "bank", "tickets"
	Fault    string             // what the reader of the file said
	English  bool               // Fault is in English, whatever the page's language: it is the operator's to mend
	AskGap   bool               // a statement before it is missing: a person can say why
}

func (p *Pages) showFiles(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.filesPage(w, r, v, &filesPage{})
}

func (p *Pages) filesPage(w http.ResponseWriter, r *http.Request, v *view, page *filesPage) error {
	_, page.Rules = p.Deposits()
	if p.Intake != nil {
		var err error
		if page.Mappings, err = p.Intake.Mappings(); err != nil {
			return err
		}
		page.Tickets = len(page.Mappings) > 0
	}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Bank, err = tx.BankFiles(ctx, filesShown); err != nil {
			return err
		}
		if page.Imports, err = tx.Imports(ctx, filesShown); err != nil {
			return err
		}
		if page.Held, err = tx.Quarantine(ctx, heldShown); err != nil {
			return err
		}
		page.Waiting, err = p.waiting(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/finance/files"
	return p.answer(w, v, "finance_files")
}

// filePage is what a file came to when it was looked at, and what it came to when it was applied.
type filePage struct {
	ID      string // of what waits to be applied
	Kind    string
	Name    string
	Digest  string
	Mapping string
	Done    bool
	Bank    *settle.Deposited
	Tickets *Imported
	Held    *heldFile // it came by a folder
}

// uploadBank looks at a file of the bank: what it would come to. Nothing is written.
func (p *Pages) uploadBank(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &filesPage{Which: "bank", Gap: typedLine(r, "gap")}
	if v.Problem != nil {
		return p.filesPage(w, r, v, page)
	}
	f := stagedFile{brought: *v.file, Kind: "bank", By: v.Name(), At: p.Now()}
	if page.Gap != "" {
		f.Despite = settle.Despite{Why: page.Gap, By: v.Name()}
	}
	got, err := p.takeBank(r.Context(), f, false)
	if v.Problem = p.fileProblem(v, err, page); v.Problem != nil {
		return p.filesPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return p.showFile(w, v, &filePage{ID: p.staged.put(f), Kind: f.Kind, Name: f.Name, Digest: f.Digest, Bank: &got})
}

var errNoRules = errors.New("the city has no deposits.toml")

func (p *Pages) takeBank(ctx context.Context, f stagedFile, apply bool) (settle.Deposited, error) {
	d, found := p.Deposits()
	if !found {
		return settle.Deposited{}, errNoRules
	}
	if bytes.Count(f.Content, []byte("\n")) > rowsMost {
		return settle.Deposited{}, errRows
	}
	var mapping *bank.Mapping
	if bank.NeedsMapping(f.Content) && p.Intake != nil {
		var err error
		if mapping, err = p.Intake.BankMapping(); err != nil {
			return settle.Deposited{}, &FileFault{What: err.Error()}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyLimit)
	defer cancel()
	return d.BankDespite(ctx, f.Name, f.Content, mapping, f.Despite, apply)
}

var errRows = errors.New("the file has too many rows")

// fileProblem is why a file is not taken, with what its reader said.
func (p *Pages) fileProblem(v *view, err error, page *filesPage) *problem {
	var gap *payout.Gap
	var fault *bank.Fault
	var other *FileFault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &gap):
		page.Fault, page.AskGap = gap.In(city.Language(v.Lang)), true
		return &problem{Field: "gap", Key: "finance.upload.gap", Fill: v.filled([]any{"account", gap.Account, "amount", gap.Difference})}
	case errors.As(err, &fault):
		page.Fault = fault.In(city.Language(v.Lang))
		return &problem{Field: "file", Key: "finance.upload.fault", Fill: []any{"line", fault.Line}}
	case errors.As(err, &other):
		page.Fault, page.English = other.What, true
		if other.French != "" {
			page.English = false
			if v.Lang == "fr" {
				page.Fault = other.French
			}
		}
		return &problem{Field: "tickets", Key: "finance.upload.unread"}
	case errors.Is(err, errRows):
		return &problem{Field: page.field(), Key: "finance.upload.rows", Fill: []any{"most", rowsMost}}
	case errors.Is(err, errNoRules):
		return &problem{Field: "file", Key: "finance.refused.rules"}
	case errors.Is(err, ErrMapping):
		page.Fault, page.English = strings.TrimPrefix(err.Error(), ErrMapping.Error()+": "), true
		return &problem{Field: "mapping", Key: "finance.upload.mapping"}
	case page.Gap != "":
		page.AskGap = true
		return &problem{Field: "gap", Key: "finance.refused.why"}
	}
	return nil
}

func (page *filesPage) field() string {
	if page.Which == "tickets" {
		return "tickets"
	}
	return "file"
}

// uploadTickets looks at a file of tickets: what it would come to. Nothing is written.
func (p *Pages) uploadTickets(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &filesPage{Which: "tickets", Mapping: bounded(r, "mapping")}
	if v.Problem != nil {
		v.Problem.Field = "tickets"
		return p.filesPage(w, r, v, page)
	}
	f := stagedFile{brought: *v.file, Kind: "tickets", Mapping: page.Mapping, By: v.Name(), At: p.Now()}
	got, err := p.takeTickets(r.Context(), f, false)
	if v.Problem = p.fileProblem(v, err, page); v.Problem != nil {
		return p.filesPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	return p.showFile(w, v, &filePage{ID: p.staged.put(f), Kind: f.Kind, Name: f.Name, Digest: f.Digest, Mapping: f.Mapping, Tickets: &got})
}

func (p *Pages) takeTickets(ctx context.Context, f stagedFile, apply bool) (Imported, error) {
	if p.Intake == nil {
		return Imported{}, ErrMapping
	}
	if bytes.Count(f.Content, []byte("\n")) > rowsMost {
		return Imported{}, errRows
	}
	return p.Intake.Run(ctx, ImportAsk{Name: f.Name, Content: f.Content, Mapping: f.Mapping, Apply: apply})
}

func (p *Pages) showFile(w http.ResponseWriter, v *view, page *filePage) error {
	v.Data, v.Back = page, "/finance/files"
	return p.show(w, v, http.StatusOK, "finance_file")
}

// applyFile writes what was looked at: the very bytes, by who has brought them. Where they are forgotten, nothing was
// written, and the file is chosen again.
func (p *Pages) applyFile(w http.ResponseWriter, r *http.Request, v *view) error {
	f, ok := p.staged.get(r.PathValue("id"), v.Name(), p.Now())
	page := &filesPage{Which: f.Kind, Mapping: f.Mapping, Gap: f.Despite.Why}
	if !ok || f.Kind == "rules" { // those are asked for, and another person applies them
		v.Problem = &problem{Field: "file", Key: "finance.upload.forgotten"}
		return p.filesPage(w, r, v, page)
	}
	if err := p.tellApply(r.Context(), v, f); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(applyLimit)) // where it can't be set, the server's own holds
	done := &filePage{Kind: f.Kind, Name: f.Name, Digest: f.Digest, Mapping: f.Mapping, Done: true}
	err := p.readInto(r.Context(), f, done, true)
	if v.Problem = p.fileProblem(v, err, page); v.Problem != nil {
		return p.filesPage(w, r, v, page)
	}
	if err != nil {
		return err
	}
	if f.Kind == "tickets" {
		if err := p.broughtTickets(context.WithoutCancel(r.Context()), f, *done.Tickets); err != nil {
			return err
		}
	}
	p.staged.drop(r.PathValue("id"))
	v.Said = "finance_applied"
	return p.showFile(w, v, done)
}

// FileLeaf is what the log is told before a file that somebody has brought is applied.
type FileLeaf struct {
	Kind    string `json:"kind"`
	Digest  string `json:"sha256"`
	Mapping string `json:"mapping,omitempty"`
	Who     string `json:"who"`
}

// tellApply has the log say who applies which file. A crash after it leaves the file as it was: what was written of it
// is the same again when it is applied once more.
func (p *Pages) tellApply(ctx context.Context, v *view, f stagedFile) error {
	return p.Store.Write(ctx, fault.ApplyFile, func(ctx context.Context, tx *store.Tx) error {
		return tx.Tell(ctx, "file_apply", p.Now(), FileLeaf{Kind: f.Kind, Digest: f.Digest, Mapping: f.Mapping, Who: v.Name()})
	})
}

// Has says whether a mapping is the one that was picked.
func (page *filesPage) Has(name string) bool {
	return page.Mapping == name || page.Mapping == "" && slices.Index(page.Mappings, name) == 0
}

// BankFault is what is wrong with a file of the bank, in the page's language.
func (v *view) BankFault(f *bank.Fault) string { return f.In(city.Language(v.Lang)) }
