package office

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/intake"
	"fundy/office/staff"
	"fundy/settle"
	"fundy/ticket"
)

// Of the folder of mappings: how the bank writes CSV, and the limit of a file of it.
const (
	bankMapping   = "bank.toml"
	mostMapping   = 1 << 20
	importLimit   = 10 * time.Minute
	rejectsListed = 200
)

// intakeFor is how the staff pages take files: they hold no key and no mapping. nil where the city has no folder for
// mappings.
func (o *Office) intakeFor() *staff.Intake {
	if o.Mappings == nil {
		return nil
	}
	return &staff.Intake{Mappings: o.mappings, BankMapping: o.mappingOfBank, Run: o.importFile}
}

// mappings are the names of the city's mappings of tickets.
func (o *Office) mappings() ([]string, error) {
	folder, err := o.Mappings()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(folder, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look into the folder of mappings: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".toml"); ok && e.Type().IsRegular() && e.Name() != bankMapping {
			names = append(names, name)
		}
	}
	return names, nil
}

// mappingOfBank is how the bank writes CSV; nil where nobody has said.
func (o *Office) mappingOfBank() (*bank.Mapping, error) {
	folder, err := o.Mappings()
	if err != nil {
		return nil, ignoreMissing(err)
	}
	text, err := readMapping(folder, bankMapping)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	return bank.ParseMapping(text)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func readMapping(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened to read
	b, err := io.ReadAll(io.LimitReader(f, mostMapping+1))
	if err == nil && len(b) > mostMapping {
		err = fmt.Errorf("%s is larger than %d bytes", name, mostMapping)
	}
	return b, err
}

// importFile imports a file of tickets that somebody has brought, or says what it would do.
func (o *Office) importFile(ctx context.Context, ask staff.ImportAsk) (staff.Imported, error) {
	mapping, err := o.mappingOf(ask.Mapping)
	if err != nil {
		return staff.Imported{}, err
	}
	out := staff.Imported{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), importLimit) // who goes away leaves nothing half done
	defer cancel()
	config := o.importOf(ask.Name, ask.Content, mapping, ask.Apply)
	config.Rejected = func(r intake.Reject) {
		if len(out.Rejects) < rejectsListed {
			out.Rejects = append(out.Rejects, staff.RejectedRow{Line: r.Line, Column: r.Column, Field: r.Field(), Reason: r.Why(city.English), French: r.Why(city.French)})
		}
	}
	totals, err := intake.Run(ctx, config)
	if err != nil {
		fault := &staff.FileFault{What: err.Error()}
		var of *intake.Fault
		if errors.As(err, &of) {
			fault.French = of.In(city.French)
		}
		return out, fault
	}
	out.Rows, out.New, out.Same, out.Changed, out.Rejected, out.Fines, out.MadeUp = totals.Rows, totals.New, totals.Same, totals.Changed, totals.Rejected, totals.Fines, totals.MadeUp
	for code, c := range totals.ByCode {
		out.Codes = append(out.Codes, staff.CodeTotal{Code: code, Offence: c.Offence, Rows: c.Rows, Fines: c.Fines})
	}
	slices.SortFunc(out.Codes, func(a, b staff.CodeTotal) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Code, b.Code))
	})
	return out, nil
}

// mappingOf is one of the city's mappings of tickets as it stands; a staff.ErrMapping says that it can't be used.
func (o *Office) mappingOf(name string) (intake.Mapping, error) {
	names, err := o.mappings()
	if err != nil {
		return intake.Mapping{}, err
	}
	if !slices.Contains(names, name) {
		return intake.Mapping{}, staff.ErrMapping
	}
	folder, err := o.Mappings()
	if err != nil {
		return intake.Mapping{}, err
	}
	text, err := readMapping(folder, name+".toml")
	if err != nil {
		return intake.Mapping{}, err
	}
	mapping, faults := intake.ParseMapping(text, func(name string) ([]byte, error) { return readMapping(folder, name) })
	if len(faults) > 0 {
		return intake.Mapping{}, fmt.Errorf("%w: %w", staff.ErrMapping, errors.Join(faults...))
	}
	return mapping, nil
}

// importOf is the import of one file that is in memory.
func (o *Office) importOf(name string, content []byte, mapping intake.Mapping, apply bool) intake.Config {
	return intake.Config{
		City: o.city, Rules: *o.rules.Load(), Mapping: mapping, Files: []string{name}, Store: o.Store, Index: o.Index, Public: o.public, Now: o.Now(), Apply: apply,
		Open: func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

// TicketFiles is how files of tickets come by the city's folder.
func (o *Office) TicketFiles() settle.TicketFiles {
	s := o.Settings.Intake
	by, _ := s.By()
	t := settle.TicketFiles{Mapping: s.Mapping, Rule: ticket.FileRule{MostRejects: s.MostRejects, WantTotals: s.WantTotals}, By: by, Expected: s.ExpectedBy}
	if o.Mappings != nil {
		t.Folder, t.Run = o.TicketFolder, o.importFromFolder
	}
	return t
}

// importFromFolder imports a file that came by the folder, or says what it would come to. What a file of tickets says is
// not in its error where that is ours or the operator's to mend.
func (o *Office) importFromFolder(ctx context.Context, name string, content []byte, mapping string, apply bool) (ticket.FileTotals, error) {
	read, err := o.mappingOf(mapping)
	if err != nil {
		return ticket.FileTotals{}, fmt.Errorf("mappings/%s.toml: %w", mapping, err)
	}
	t, err := intake.Run(ctx, o.importOf(name, content, read, apply))
	var of *intake.Fault
	if errors.As(err, &of) {
		err = &settle.UnreadFile{Why: err}
	}
	return ticket.FileTotals{Rows: t.Rows, New: t.New, Same: t.Same, Changed: t.Changed, Rejected: t.Rejected, Fines: t.Fines}, err
}
