package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/journal"
	"fundy/ledger"
	"fundy/money"
	"fundy/store"
)

// ExportAsk is what an export is asked for by.
type ExportAsk struct {
	From, Until city.Date // both days are in it
	Mapping     journal.Mapping
	MappingText []byte
	Open        bool // days that are not closed may be in it: it is marked provisional then
	By          string
}

// Exported is a file for the city's general ledger.
type Exported struct {
	ID          string       `json:"id"`
	From        city.Date    `json:"from"`
	Until       city.Date    `json:"until"`
	Basis       ledger.Basis `json:"basis"`
	Provisional bool         `json:"provisional"`
	Lines       int          `json:"lines"`
	Debit       money.Amount `json:"debit"`
	Digest      string       `json:"sha256"`
	Content     []byte       `json:"-"`
}

// ExportLeaf is what the log is told of an export.
type ExportLeaf struct {
	Exported
	Mapping string `json:"mapping_sha256"`
	Who     string `json:"who"`
}

// Export writes the lines of a range of days for the city's general ledger, in the form of a mapping, and keeps that
// it was made. A range of closed days gives the same bytes for ever; other bytes are refused and alarmed.
func (b *Books) Export(ctx context.Context, ask ExportAsk, apply bool) (Exported, error) {
	out := Exported{From: ask.From, Until: ask.Until, Basis: ledger.BasisOf(b.City.Ledger)}
	if err := mayAct(ask.By); err != nil {
		return out, err
	}
	j, err := b.collect(ctx, ask, &out)
	if err != nil {
		return out, err
	}
	file, err := j.Write()
	if err != nil {
		return out, err
	}
	out.Content, out.Lines, out.Debit, out.Digest = file.Content, file.Lines, file.Debit, digestOf(file.Content)
	made, err := b.madeBy(ask)
	if err != nil {
		return out, err
	}
	return out, tried(ctx, b.Store, fault.ExportLedger, apply, func(ctx context.Context, tx *store.Tx) error {
		now := b.Now()
		out.ID = ident.New("glx")
		e := store.LedgerExport{
			ID: out.ID, From: ask.From, Until: ask.Until, Basis: out.Basis, Provisional: out.Provisional, Mapping: made, Digest: out.Digest,
			Lines: out.Lines, Debit: out.Debit, By: ask.By, At: now,
		}
		first, err := tx.FirstExport(ctx, e)
		if err != nil {
			return err
		}
		if first != "" && first != out.Digest && !out.Provisional {
			b.Log.Error("settle: closed days came out otherwise than before", "alarm", "ledger_changed", "from", ask.From.String(), "until", ask.Until.String())
			return fmt.Errorf("these closed days were exported before, by the same mapping, with other content (SHA-256 %s): the ledger must have been changed from outside; look before anything is imported", first)
		}
		if err := tx.AddExport(ctx, e); err != nil {
			return err
		}
		return b.leaf(ctx, tx, "ledger_export", ExportLeaf{Exported: out, Mapping: made, Who: ask.By}, now)
	})
}

// madeBy is the digest of all that a file is made by, besides the ledger.
func (b *Books) madeBy(ask ExportAsk) (string, error) {
	tax, err := json.Marshal(b.City.Ledger.Tax)
	if err != nil {
		return "", fmt.Errorf("write tax codes: %w", err)
	}
	return digestOf([]byte(digestOf(ask.MappingText) + digestOf(tax))), nil
}

// collect reads the range, in one snapshot.
func (b *Books) collect(ctx context.Context, ask ExportAsk, out *Exported) (*journal.Journal, error) {
	span := journal.Range{From: ask.From, Until: ask.Until}
	if err := span.Check(); err != nil {
		return nil, err
	}
	var j *journal.Journal
	err := b.read(ctx, func(ctx context.Context, tx *store.Tx) error {
		until, err := tx.ClosedUntil(ctx)
		if err != nil {
			return err
		}
		out.Provisional = until.Before(b.after(ask.Until))
		if out.Provisional && !ask.Open {
			closed := "no day is"
			if !until.IsZero() {
				closed = "the last one that is, is " + city.DateOf(until.Add(-time.Microsecond), b.City.Zone).String()
			}
			return fmt.Errorf("%s is not closed (%s): close it, or add --open for a file that is marked provisional", ask.Until, closed)
		}
		span.Provisional = out.Provisional
		j = journal.New(ask.Mapping, span, b.City.Ledger.Tax)
		for day := ask.From; day.Compare(ask.Until) <= 0; day = day.AddDays(1) {
			if err := b.collectDay(ctx, tx, j, out.Basis, day); err != nil {
				return fmt.Errorf("%s: %w", day, err)
			}
		}
		return nil
	})
	return j, err
}

func (b *Books) collectDay(ctx context.Context, tx *store.Tx, j *journal.Journal, basis ledger.Basis, day city.Date) error {
	take := func(entry string, sides []ledger.Side) error {
		for _, s := range sides {
			if err := j.Add(journal.Side{Day: day, Entry: entry, Side: s}); err != nil {
				return err
			}
		}
		return nil
	}
	if j.ByPosting() {
		return tx.EachMove(ctx, b.start(day), b.after(day), func(m ledger.Move) error {
			sides, err := basis.Sides(m)
			if err != nil {
				return err
			}
			return take(m.Entry, sides)
		})
	}
	moves, err := tx.Moves(ctx, b.start(day), b.after(day))
	if err != nil {
		return err
	}
	sides, err := basis.Sum(moves)
	if err != nil {
		return err
	}
	return take("", sides)
}
