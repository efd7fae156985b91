package staff

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"fundy/city"
	"fundy/settle"
	"fundy/store"
)

// Limits of the lists of a file of rules.
const (
	faultsShown  = 50
	holidayShown = 60
)

// rulesFilePage is where a whole file of rules is looked at, before it is put before a second person.
type rulesFilePage struct {
	ID         string // of what was looked at; "": nothing yet
	Name       string
	Digest     string
	Look       settle.RulesLook
	Rows       table // new rows, and what stands in the way
	Preview    rulesPreview
	Faults     []rulesFault
	More       int // faults that are left out
	Resolution string
	Effective  string
}

// rulesFault is what is wrong with a file, in the page's language.
type rulesFault struct {
	Line  int
	Place string // in the file's own words
	Text  string
}

func (p *Pages) showRulesFile(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.rulesFilePage(w, v, &rulesFilePage{})
}

func (p *Pages) rulesFilePage(w http.ResponseWriter, v *view, page *rulesFilePage) error {
	v.Data, v.Back = page, "/finance/rules/file"
	if page.ID != "" {
		v.Back += "/" + page.ID
	}
	return p.answer(w, v, "finance_rules_file")
}

// uploadRules looks at a file of rules. Nothing is written.
func (p *Pages) uploadRules(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &rulesFilePage{}
	if v.Problem != nil {
		return p.rulesFilePage(w, v, page)
	}
	rows, faults := p.readRules(v.file.Content)
	if len(faults) > 0 {
		v.faults(page, faults)
		v.Problem = &problem{Field: "file", Key: "decide.rules.faults", Fill: []any{"count", len(faults)}}
		return p.rulesFilePage(w, v, page)
	}
	look, err := p.books().LookRules(r.Context(), rows)
	if err != nil {
		return err
	}
	f := stagedFile{brought: *v.file, Kind: "rules", Base: look.Base, By: v.Name(), At: p.Now()}
	http.Redirect(w, r, "/finance/rules/file/"+p.staged.put(f), http.StatusSeeOther)
	return nil
}

// faults are what is wrong with a file, the first of them.
func (v *view) faults(page *rulesFilePage, all []error) {
	page.More = max(0, len(all)-faultsShown)
	for _, err := range all[:min(len(all), faultsShown)] {
		one := rulesFault{Text: err.Error()}
		var f *city.Fault
		if errors.As(err, &f) {
			one = rulesFault{f.Line, f.At, f.In(city.Language(v.Lang))}
		}
		page.Faults = append(page.Faults, one)
	}
}

// readRules reads a file of rules as the command line does. A logo is not brought with it: whatever file it names, it is
// the one that stands.
func (p *Pages) readRules(content []byte) ([]city.RuleRow, []error) {
	rules, faults := city.ParseRules(content, standingLogo(p.Rules(), city.DateOf(p.Now(), p.city.Zone)), p.city)
	if len(faults) > 0 {
		return nil, faults
	}
	rows, err := rules.Rows()
	if err != nil {
		return nil, []error{err}
	}
	return rows, nil
}

// logoFile is a folder in which every name is the logo that the city has.
type logoFile struct{ content []byte }

func standingLogo(rules city.Rules, today city.Date) fs.FS {
	profile, _ := rules.ProfileOn(today)
	return logoFile{profile.Logo}
}

func (l logoFile) Open(name string) (fs.File, error) {
	if len(l.content) == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return openLogo{bytes.NewReader(l.content)}, nil
}

type openLogo struct{ io.Reader }

func (openLogo) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }
func (openLogo) Close() error               { return nil }

// stagedRules is a file of rules that somebody has brought, read anew. Where the rules that stand have changed since, it
// is looked at against these.
func (p *Pages) stagedRules(ctx context.Context, v *view, id string) (*rulesFilePage, []city.RuleRow, stagedFile, error) {
	f, ok := p.staged.get(id, v.Name(), p.Now())
	if !ok || f.Kind != "rules" {
		return nil, nil, f, store.ErrNotFound
	}
	rows, faults := p.readRules(f.Content)
	if len(faults) > 0 { // the logo that it needs is gone, say
		return nil, nil, f, store.ErrNotFound
	}
	look, err := p.books().LookRules(ctx, rows)
	if err != nil {
		return nil, nil, f, err
	}
	return &rulesFilePage{ID: id, Name: f.Name, Digest: f.Digest, Look: look, Rows: v.lookedRows(look)}, rows, f, nil
}

func (p *Pages) showRulesLook(w http.ResponseWriter, r *http.Request, v *view) error {
	page, _, _, err := p.stagedRules(r.Context(), v, r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		v.Problem = &problem{Field: "file", Key: "finance.upload.forgotten"}
		return p.rulesFilePage(w, v, &rulesFilePage{})
	}
	if err != nil {
		return err
	}
	page.Effective = page.Look.Effective.String()
	p.previewInto(r, v, page)
	return p.rulesFilePage(w, v, page)
}

func (p *Pages) previewInto(r *http.Request, v *view, page *rulesFilePage) {
	page.Preview = p.preview(r, v, page.Look.Before, page.Look.After, newRows(page.Look), page.Look.Effective)
	page.Preview.Action = "/finance/rules/file/" + page.ID
}

func newRows(l settle.RulesLook) []city.RuleRow {
	var rows []city.RuleRow
	for _, c := range l.Changes {
		if c.What == "new" && !c.Past {
			rows = append(rows, c.Row)
		}
	}
	return rows
}

// askRulesFile puts a file that was looked at before a second person: the very bytes, upon the rules that stood then.
func (p *Pages) askRulesFile(w http.ResponseWriter, r *http.Request, v *view) error {
	page, rows, f, err := p.stagedRules(r.Context(), v, r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		v.Problem = &problem{Field: "file", Key: "finance.upload.forgotten"}
		return p.rulesFilePage(w, v, &rulesFilePage{})
	}
	if err != nil {
		return err
	}
	page.Resolution, page.Effective = bounded(r, "resolution"), bounded(r, "from")
	effective, err := city.ParseDate(page.Effective)
	if err != nil {
		v.Problem = &problem{Field: "from", Key: "decide.rules.from.wrong"}
		p.previewInto(r, v, page)
		return p.rulesFilePage(w, v, page)
	}
	if p.previewInto(r, v, page); len(page.Preview.Falls) > 0 && r.PostForm.Get("falls") != "1" {
		v.Problem = &problem{Field: "falls", Key: "rules.falls.tick"}
		return p.rulesFilePage(w, v, page)
	}
	id, err := p.books().AskRules(r.Context(), settle.RulesAsk{
		Kind: store.RuleFile, Resolution: page.Resolution, Rows: rows, By: v.Name(), Source: f.Digest, Base: f.Base, Effective: effective,
	})
	var no *settle.RulesRefusal
	if errors.As(err, &no) {
		v.faults(page, no.Faults)
		v.Problem = &problem{Field: "main", Key: "finance.refused." + no.Reason, Fill: []any{"day", v.On(page.Look.Effective)}}
		switch no.Reason {
		case settle.RefusedResolution:
			v.Problem.Field = "resolution"
		case settle.RefusedEffective:
			v.Problem.Field = "from"
		}
		p.previewInto(r, v, page)
		return p.rulesFilePage(w, v, page)
	}
	if err != nil {
		return err
	}
	p.staged.drop(page.ID)
	return done(w, r, "/finance/rules/"+id, "finance_rules_asked")
}

// clockText is a time of day of a schedule.
func clockText(d time.Duration) string {
	return time.Time{}.Add(d).Format("15:04")
}

func yesNo(v *view, yes bool) string {
	if yes {
		return v.T("finance.yes")
	}
	return v.T("finance.no")
}

func numberText(n int) string { return strconv.Itoa(n) }
