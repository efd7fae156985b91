package intake

import (
	"context"
	"fmt"

	"fundy/store"
)

// maxSeen bounds what a dry run remembers of the rows before, to tell numbers that come twice in a file.
// After it, such rows are counted as new; Totals.Approximate says so.
const maxSeen = 5_000_000

// compare sorts a batch against the store. Rows that are the same again are counted and left out; with Apply the
// rest is returned, without it the rest is counted.
func (r *run) compare(ctx context.Context, batch []*built) ([]*built, error) {
	states := make([]store.RowState, len(batch))
	for i := range states {
		states[i] = store.RowNew
	}
	if r.Store != nil {
		keys := make([]store.ImportKey, len(batch))
		for i, out := range batch {
			keys[i] = store.ImportKey{ID: out.row.Ticket.ID, Digest: out.row.Digest}
		}
		var err error
		if states, err = r.Store.CompareImport(ctx, keys); err != nil {
			return nil, fmt.Errorf("compare rows: %w", err)
		}
	}
	var fresh []*built
	for i, out := range batch {
		state := states[i]
		if !r.Apply && state == store.RowNew {
			state = r.before(out)
		}
		if state != store.RowSame && r.Apply {
			fresh = append(fresh, out)
			if state == store.RowNew {
				r.show(out)
			}
			continue
		}
		switch state {
		case store.RowSame:
			r.totals.Same++
		case store.RowChanged:
			r.totals.Changed++
		default:
			r.totals.New++
			r.show(out)
		}
	}
	return fresh, nil
}

// before compares a row with the rows before it in a dry run.
func (r *run) before(out *built) store.RowState {
	id, digest := out.row.Ticket.ID, [16]byte(out.row.Digest)
	first, ok := r.seen[id]
	switch {
	case ok && first == digest:
		return store.RowSame
	case ok:
		return store.RowChanged
	case len(r.seen) >= maxSeen:
		r.totals.Approximate = true
	default:
		r.seen[id] = digest
	}
	return store.RowNew
}

func (r *run) show(out *built) {
	if r.Show != nil {
		r.Show(out.row.Ticket, out.plate)
	}
}
