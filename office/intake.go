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
	names, err := o.mappings()
	if err != nil {
		return staff.Imported{}, err
	}
	if !slices.Contains(names, ask.Mapping) {
		return staff.Imported{}, staff.ErrMapping
	}
	folder, err := o.Mappings()
	if err != nil {
		return staff.Imported{}, err
	}
	text, err := readMapping(folder, ask.Mapping+".toml")
	if err != nil {
		return staff.Imported{}, err
	}
	mapping, faults := intake.ParseMapping(text, func(name string) ([]byte, error) { return readMapping(folder, name) })
	if len(faults) > 0 {
		return staff.Imported{}, fmt.Errorf("%w: %w", staff.ErrMapping, errors.Join(faults...))
	}
	out := staff.Imported{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), importLimit) // who goes away leaves nothing half done
	defer cancel()
	totals, err := intake.Run(ctx, intake.Config{
		City: o.city, Rules: *o.rules.Load(), Mapping: mapping, Files: []string{ask.Name}, Store: o.Store, Index: o.Index, Public: o.public, Now: o.Now(), Apply: ask.Apply,
		Open: func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(ask.Content)), nil },
		Rejected: func(r intake.Reject) {
			if len(out.Rejects) < rejectsListed {
				out.Rejects = append(out.Rejects, staff.RejectedRow{Line: r.Line, Column: r.Column, Field: r.Field(), Reason: r.Why(city.English), French: r.Why(city.French)})
			}
		},
	})
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
