package settle

import (
	"context"
	"fmt"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// BatchLeaf is what the log is told of a batch's move.
type BatchLeaf struct {
	Batch   string `json:"batch"`
	Kind    string `json:"kind"`
	Version int64  `json:"version"`
	Event   string `json:"event"`
	Total   int64  `json:"total_minor"`
	Who     string `json:"who"`
	Second  string `json:"second"`
}

// OpenMail opens a batch of the mail: two people have opened the letters and added up what was in them.
func (s *Settler) OpenMail(ctx context.Context, by, second string, total money.Amount) (payment.Batch, error) {
	var b payment.Batch
	err := s.Store.Write(ctx, fault.OpenBatch, func(ctx context.Context, tx *store.Tx) (err error) {
		b, err = s.openMailIn(ctx, tx, by, second, total)
		return err
	})
	if err != nil {
		return payment.Batch{}, fmt.Errorf("open batch: %w", err)
	}
	return b, nil
}

func (s *Settler) openMailIn(ctx context.Context, tx *store.Tx, by, second string, total money.Amount) (payment.Batch, error) {
	now := s.Now()
	b, no := payment.OpenMail(by, second, total, now)
	if no != nil {
		return b, no
	}
	b.ID, b.Version = payment.BatchID(ident.New("bat")), 1
	return b, s.insertBatch(ctx, tx, b, now)
}

// CloseBatch closes a batch of the mail, or the cheques or the terminal of a drawer, or says in a
// payment.CounterRefusal by how much it differs from what was announced, or from what was counted (zero: nobody has).
func (s *Settler) CloseBatch(ctx context.Context, id payment.BatchID, counted money.Amount, by string) (payment.Batch, error) {
	var b payment.Batch
	err := s.Store.Write(ctx, fault.CloseBatch, func(ctx context.Context, tx *store.Tx) (err error) {
		if b, err = tx.LockBatch(ctx, id); err != nil {
			return err
		}
		total, err := s.batchTotal(ctx, tx, id)
		if err != nil {
			return err
		}
		if no := payment.CloseBatch(b, total, counted, by); no != nil {
			return no
		}
		now := s.Now()
		b.ClosedBy, b.ClosedAt, b.Total = by, now, total
		return s.moveBatch(ctx, tx, &b, payment.BatchCloses, by, "", now)
	})
	if err != nil {
		return payment.Batch{}, fmt.Errorf("close batch: %w", err)
	}
	return b, nil
}

// batchTotal is what was kept of a batch's tenders, and of the mail what came in and is no tender.
func (s *Settler) batchTotal(ctx context.Context, tx *store.Tx, id payment.BatchID) (money.Amount, error) {
	tenders, _, err := tx.BatchSum(ctx, id)
	if err != nil {
		return tenders, err
	}
	items, _, err := tx.ItemsOfBatch(ctx, id, s.City.Currency)
	if err != nil {
		return tenders, err
	}
	return tenders.Add(items)
}

func (s *Settler) insertBatch(ctx context.Context, tx *store.Tx, b payment.Batch, now time.Time) error {
	if err := tx.InsertBatch(ctx, b); err != nil {
		return err
	}
	b.Version = 1
	return s.batchLeaf(ctx, tx, b, payment.BatchOpens, b.OpenedBy, now)
}

func (s *Settler) moveBatch(ctx context.Context, tx *store.Tx, b *payment.Batch, event payment.BatchEvent, who, note string, now time.Time) error {
	if err := tx.MoveBatch(ctx, b, event, now, who, note); err != nil {
		return err
	}
	return s.batchLeaf(ctx, tx, *b, event, who, now)
}

func (s *Settler) batchLeaf(ctx context.Context, tx *store.Tx, b payment.Batch, event payment.BatchEvent, who string, now time.Time) error {
	total := b.Total
	if event == payment.BatchOpens {
		total = b.Announced
	}
	return tx.Tell(ctx, "batch", now, BatchLeaf{
		Batch: string(b.ID), Kind: string(b.Kind), Version: b.Version, Event: string(event), Total: total.Minor(), Who: who, Second: b.Second,
	})
}
