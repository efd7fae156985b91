package intake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"fundy/city"
	"fundy/desk"
	"fundy/ident"
	"fundy/logbook"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// Store is what an import asks of the store. *store.Store does it.
type Store interface {
	// CompareImport says of each row whether it is new, the same again or changed.
	CompareImport(context.Context, []store.ImportKey) ([]store.RowState, error)
	// ApplyImport writes a batch in one transaction; when it returns nil, it is on disk. It overwrites nothing.
	ApplyImport(context.Context, store.ImportBatch) (store.ImportOutcome, error)
}

// Config is an import.
type Config struct {
	City    city.City
	Rules   city.Rules
	Mapping Mapping
	Files   []string // plain or .gz
	Store   Store
	Index   seal.IndexKey
	// Public is the office's public key. Needed with Apply.
	Public seal.PublicKey
	// Now is when the import arrives. Required.
	Now time.Time
	// Newest is the day that made_up.shift_weeks brings the newest ticket to, or to the six days before it. Zero:
	// the day of Now. A city that is kept passes the same day each time, so that the same file is the same again.
	Newest city.Date
	// Apply writes. Without it nothing is changed.
	Apply bool
	// RejectPath is the file that rejects are written to; "" for none.
	RejectPath string
	// Open opens one of Files; nil: each is a file's path.
	Open func(name string) (io.ReadCloser, error)
	// Rejected is called with each row that can't be read; nil for none. It holds nothing out of a row.
	Rejected func(Reject)
	// Progress gets the progress bar; nil for none. Terminal says that it is one.
	Progress io.Writer
	// Show is called with each ticket that goes in, for a demonstration that has to know some. It is refused
	// unless the mapping makes plates up or the city is a demo one.
	Show func(ticket.Ticket, ticket.Plate)
}

// run is an import under way.
type run struct {
	Config
	builder ticketBuilder
	key     seal.DataKey
	totals  Totals
	rejects *rejectFile
	bar     *bar
	newest  city.Date
	weeks   int
	source  string
	batch   []*built
	size    int // that the batch is to have

	// One batch is compared and written while the next one is read. Until it is joined, these are its own, and so
	// are New, Same, Changed, Batches and Approximate of the totals.
	underWay chan error
	pace     pace
	seen     map[ticket.ID][16]byte // dry run: what the store would have by now
}

// Run imports files, or, without Apply, says what it would do.
func Run(ctx context.Context, c Config) (Totals, error) {
	r, err := begin(c)
	if err != nil {
		return Totals{}, err
	}
	defer r.bar.end()
	if err := r.firstPass(ctx); err != nil {
		return Totals{}, err
	}
	for i, path := range c.Files {
		if err := r.file(ctx, i, path); err != nil {
			return r.totals, errors.Join(fmt.Errorf("import %s: %w", filepath.Base(path), err), r.rejects.close())
		}
	}
	return r.totals, r.rejects.close()
}

// MayShow says whether plates may be given to Show: those that are made up, and those of a demo city.
func (c Config) MayShow() bool { return c.Mapping.plate != nil || c.City.Kind == city.Demo }

func begin(c Config) (*run, error) {
	switch {
	case c.Now.IsZero():
		return nil, errors.New("import: no time given")
	case c.City.ID == "" || c.City.Zone == nil:
		return nil, errors.New("import: no city given")
	case c.Index.IsZero():
		return nil, errors.New("import: no index key given")
	case c.Mapping.fields == nil:
		return nil, errors.New("import: no mapping given")
	case c.Apply && (c.Public.IsZero() || c.Store == nil):
		return nil, errors.New("import: to apply, the store and the office's public key are needed")
	case c.Show != nil && !c.MayShow():
		return nil, errors.New("import: plates can be shown only where they are made up, or in a demo city")
	}
	if c.Mapping.MadeUp != "" && c.City.Kind == city.Live {
		return nil, faulty("import: the mapping makes things up ([made_up]), and this city is live: use a mapping that takes everything from the file")
	}
	for _, path := range c.Files {
		if desk.HasCard(filepath.Base(path)) { // the batch keeps it
			return nil, faulty("import: a file's name holds what looks like a card number: give it another name")
		}
	}
	name := c.Mapping.regime
	if name == "" {
		name = c.City.Regime
	}
	regime, ok := ticket.RegimeOf(name)
	if !ok {
		return nil, fmt.Errorf("import: regime %q is not known: use nb-lga or generic", name)
	}
	r := &run{Config: c, size: firstBatch, pace: newPace(), seen: map[ticket.ID][16]byte{}}
	r.builder = ticketBuilder{
		city: c.City, rules: c.Rules, zone: c.City.Zone, regime: regime, index: c.Index, now: c.Now,
		last: city.DateOf(c.Now, c.City.Zone), days: map[city.Date]*dayRules{},
	}
	if c.Mapping.file.zoneGiven {
		r.builder.zone = c.Mapping.file.zone
	}
	if c.Apply {
		key, sealer, err := seal.NewDataKey(c.Public)
		if err != nil {
			return nil, err
		}
		r.key, r.builder.sealer = key, &sealer
	}
	r.totals = newTotals(c)
	r.bar = newBar(c.Progress, c.Files)
	var err error
	r.rejects, err = openRejects(c.RejectPath)
	return r, err
}

// firstPass finds the newest day of the import, where the mapping needs it.
func (r *run) firstPass(ctx context.Context) error {
	if !r.Mapping.shift && len(r.Mapping.picks) == 0 {
		return nil
	}
	for _, path := range r.Files {
		err := r.each(ctx, path, nil, func(d *draft, _ *Reject) error {
			if d != nil && before(r.newest, d.day) {
				r.newest = d.day
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("import %s: %w", filepath.Base(path), err)
		}
	}
	if r.Mapping.shift && !r.newest.IsZero() {
		to := r.Newest
		if to.IsZero() {
			to = r.builder.last
		}
		days := daysBetween(r.newest, to)
		r.weeks = days / 7
		if days < 0 && days%7 != 0 {
			r.weeks--
		}
		r.totals.ShiftedWeeks = r.weeks
	}
	return nil
}

// each reads a file's rows one after the other.
func (r *run) each(ctx context.Context, path string, b *bar, do func(*draft, *Reject) error) (err error) {
	f, err := r.open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // opened to read
	count := &counted{src: f}
	rows, err := r.Mapping.open(count)
	if err != nil {
		return err
	}
	rows.newest, rows.weeks = r.newest, r.weeks
	for n := 0; ; n++ {
		d, reject, ok := rows.next()
		if !ok {
			break
		}
		if n%512 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.show(count.read.Load(), r.totals.Rows)
		}
		if n >= maxRows {
			return faulty("more than %d rows: split the file", maxRows)
		}
		if err := do(d, reject); err != nil {
			return err
		}
	}
	b.fileDone(count.read.Load())
	return rows.records.err
}

func (r *run) open(path string) (io.ReadCloser, error) {
	if r.Open != nil {
		return r.Open(path)
	}
	return os.Open(path)
}

// file imports one file.
func (r *run) file(ctx context.Context, i int, path string) error {
	r.source = filepath.Base(path)
	err := r.each(ctx, path, r.bar, func(d *draft, reject *Reject) error {
		r.totals.Rows++
		var out *built
		if reject == nil {
			out, reject = r.builder.build(d)
		}
		if reject != nil {
			reject.File = r.source
			r.totals.reject(reject)
			if r.Rejected != nil {
				r.Rejected(*reject)
			}
			return r.rejects.write(reject)
		}
		out.draft.columns = nil
		r.totals.take(out)
		r.batch = append(r.batch, out)
		if len(r.batch) < r.size {
			return nil
		}
		return r.flush(ctx)
	})
	if err != nil {
		r.batch = nil
		return errors.Join(err, r.join())
	}
	return errors.Join(r.flush(ctx), r.join())
}

// flush waits for the batch before, and hands this one on.
func (r *run) flush(ctx context.Context) error {
	if err := r.join(); err != nil || len(r.batch) == 0 {
		return err
	}
	batch, source, done := r.batch, r.source, make(chan error, 1)
	r.batch, r.underWay = nil, done
	go func() { done <- r.write(ctx, batch, source) }()
	return nil
}

// join waits for the batch that is under way.
func (r *run) join() error {
	if r.underWay == nil {
		return nil
	}
	err := <-r.underWay
	r.underWay, r.size = nil, r.pace.size
	return err
}

// write compares a batch with the store and, with Apply, writes it. The next batch's size follows from the time
// that this one took. A crash before ApplyImport returns leaves the batch out whole; run again, it goes in.
func (r *run) write(ctx context.Context, batch []*built, source string) error {
	fresh, err := r.compare(ctx, batch)
	if err != nil || !r.Apply || len(fresh) == 0 {
		return err
	}
	b := store.ImportBatch{
		ID: ident.New("imp"), Source: source, Mapping: r.Mapping.Name + "@" + r.Mapping.Digest[:16], FirstLine: fresh[0].row.Line,
		At: r.Now, DataKey: store.DataKey{ID: r.key.ID, Sealed: r.key.Sealed},
	}
	for _, out := range fresh {
		if err := r.builder.seal(out); err != nil {
			return err
		}
		b.Rows = append(b.Rows, out.row)
	}
	b.Leaf = func(rows []store.ImportRow) (logbook.Leaf, error) { return r.leaf(b, rows) }
	outcome, err := r.Store.ApplyImport(ctx, b)
	if err != nil {
		return err
	}
	r.totals.New += outcome.New
	r.totals.Same += outcome.Same
	r.totals.Changed += len(b.Rows) - outcome.New - outcome.Same
	if outcome.New+outcome.Held > 0 {
		r.totals.Batches++
	}
	return sleep(ctx, r.pace.after(len(b.Rows), outcome, time.Now()))
}

// leaf tells of a batch: which rows went in, by id and digest.
func (r *run) leaf(b store.ImportBatch, rows []store.ImportRow) (logbook.Leaf, error) {
	opening := BatchOpening{Batch: b.ID, Source: b.Source, Mapping: b.Mapping, DataKey: b.DataKey.ID, Rows: make([]RowOpening, len(rows))}
	for i, row := range rows {
		opening.Rows[i] = RowOpening{Ticket: string(row.Ticket.ID), Digest: row.Digest}
	}
	return logbook.NewLeaf("import", b.At, opening, rand.Reader)
}

// BatchOpening is the opening of a batch's leaf.
type BatchOpening struct {
	Batch   string       `json:"batch"`
	Source  string       `json:"source"`
	Mapping string       `json:"mapping"`
	DataKey string       `json:"data_key"`
	Rows    []RowOpening `json:"rows"`
}

// RowOpening is one row of it.
type RowOpening struct {
	Ticket string `json:"ticket"`
	Digest []byte `json:"digest"`
}
