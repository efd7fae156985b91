package citytest

import (
	"context"

	"fundy/intake"
	"fundy/seal"
	"fundy/store"
	"fundy/ticket"
)

// EnterPaper enters a paper ticket in somebody's name, as the staff pages do.
func (c *City) EnterPaper(w ticket.Written, by string) (ticket.ID, error) {
	c.T.Helper()
	c.trip.plate(w.Plate)
	batch, err := intake.Written(intake.WrittenConfig{City: c.Settings.City(), Rules: c.Rules, Index: c.index, Public: c.public, Now: c.Now()}, w)
	if err != nil {
		return "", err
	}
	return batch.Rows[0].Ticket.ID, c.Office.Settler().EnterTicket(context.Background(), batch, w, by)
}

// Contradict brings in a row of a file that says something else of a ticket, and returns its id in quarantine.
func (c *City) Contradict(id ticket.ID) (row string) {
	c.T.Helper()
	key, sealer, err := seal.NewDataKey(c.public)
	if err != nil {
		c.T.Fatal(err)
	}
	c.apply(store.ImportRow{Ticket: ticket.Ticket{ID: id}, Digest: []byte("other " + id), DataKey: key.ID, Hold: func() ([]byte, error) {
		return sealer.SealField(c.Settings.ID, string(id), intake.RowField, []byte(`{"place": "Other Street"}`))
	}}, key)
	err = c.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.HeldRows(ctx, 100)
		for _, h := range all {
			if h.Ticket == id {
				row = h.ID
			}
		}
		return err
	})
	if err != nil || row == "" {
		c.T.Fatalf("nothing is in quarantine: %v", err)
	}
	return row
}
