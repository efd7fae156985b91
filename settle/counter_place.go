package settle

import (
	"context"
	"errors"
	"sort"
	"time"

	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// place is where tenders go: the batch of each kind, and the series of printed numbers.
type place struct {
	session payment.SessionID
	series  string
	batches map[payment.BatchKind]payment.BatchID
	mail    payment.BatchID
}

func (p place) batch(k payment.TenderKind) payment.BatchID {
	if p.mail != "" {
		return p.mail
	}
	return p.batches[k.Batch()]
}

// lockPlace locks where the tenders go: the clerk's drawer and its open batches, in ascending id, or the batch of the
// mail. A batch that the drawer has not had yet is opened.
func (s *Settler) lockPlace(ctx context.Context, tx *store.Tx, r TenderRequest, tenders []payment.Tender, now time.Time) (place, error) {
	if r.Batch != "" {
		b, err := tx.LockBatch(ctx, r.Batch)
		return place{series: payment.MailSeries, mail: r.Batch}, mailRefusal(b, err)
	}
	of, err := tx.SessionOfClerk(ctx, r.By)
	if err == nil {
		of, err = tx.LockSession(ctx, of.ID)
	}
	if err != nil || of.State != payment.SessionOpen {
		return place{}, drawerRefusal(errors.Join(err, closedBetween(err)))
	}
	p := place{session: of.ID, series: of.Name, batches: map[payment.BatchKind]payment.BatchID{}}
	need := map[payment.BatchKind]bool{}
	for _, t := range tenders {
		need[t.Kind.Batch()] = true
	}
	batches, err := tx.BatchesOfSession(ctx, of.ID)
	if err != nil {
		return p, err
	}
	for _, b := range batches {
		if b.State != payment.BatchOpen || !need[b.Kind] {
			continue
		}
		if b, err = tx.LockBatch(ctx, b.ID); err != nil {
			return p, err
		}
		if b.State == payment.BatchOpen { // nobody has closed it meanwhile
			p.batches[b.Kind] = b.ID
		}
	}
	for _, kind := range []payment.BatchKind{payment.CashBatch, payment.ChequeBatch, payment.TerminalBatch} {
		if !need[kind] || p.batches[kind] != "" {
			continue
		}
		b := payment.Batch{ID: payment.BatchID(ident.New("bat")), Kind: kind, OpenedBy: r.By, OpenedAt: now, Session: of.ID}
		if err := s.insertBatch(ctx, tx, b, now); err != nil {
			return p, err
		}
		p.batches[kind] = b.ID
	}
	return p, nil
}

// closedBetween stands for a drawer that somebody has closed between two readings.
func closedBetween(err error) error {
	if err != nil {
		return nil
	}
	return store.ErrNotFound
}

func drawerRefusal(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &payment.CounterRefusal{Reason: payment.TakeNoDrawer}
	}
	return err
}

func mailRefusal(b payment.Batch, err error) error {
	if errors.Is(err, store.ErrNotFound) || err == nil && (b.Kind != payment.MailBatch || b.State != payment.BatchOpen) {
		return &payment.CounterRefusal{Reason: payment.TakeNoBatch}
	}
	return err
}

// lockBatches reads the batches of tenders, locked in ascending id.
func lockBatches(ctx context.Context, tx *store.Tx, tenders []payment.Tender) ([]payment.Batch, error) {
	seen := map[payment.BatchID]bool{}
	var ids []payment.BatchID
	for _, t := range tenders {
		if !seen[t.Batch] {
			seen[t.Batch] = true
			ids = append(ids, t.Batch)
		}
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	var all []payment.Batch
	for _, id := range ids {
		b, err := tx.LockBatch(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}
