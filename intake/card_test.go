package intake_test

import (
	"context"
	"strings"
	"testing"

	"fundy/intake"
	"fundy/store"
)

// A card's number in a column of free text keeps its row out, and is in no total, reject or store; a ticket's number that
// could be one is the ticket's. A file whose name has one is not begun.
func TestACardInATicketFileIsKeptOut(t *testing.T) {
	t.Parallel()
	mapping := plainMapping + "place = { column = \"place\" }\n"
	text := "number,day,time,code,plate,place\n" +
		"FH1,2026-11-20,10:00,METER,ABC 123,12 Tide Street\n" +
		"FH2,2026-11-20,10:00,METER,ABC 124,paid 4242 4242 4242 4242 12/29\n" +
		"4000056655665556,2026-11-20,10:00,METER,ABC 125,Tide Street\n"
	f := plainSetUp(t, mapping, text)
	f.config.Apply = true
	f.config.RejectPath = write(t, "rejects.csv", "")
	totals := run(t, f.config)
	if totals.Rejected != 1 || totals.Reasons["place: looks like a card number: take it out of the file"] != 1 || totals.New != 2 {
		t.Errorf("%d new, %d rejected: %v", totals.New, totals.Rejected, totals.Reasons)
	}
	err := f.store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsNumbered(ctx, "4000056655665556", 2)
		if len(found) != 1 {
			t.Errorf("a ticket's own number: %d found", len(found))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	f.config.Files = []string{write(t, "4242-4242-4242-4242.csv", text)}
	if _, err := intake.Run(t.Context(), f.config); err == nil || !strings.Contains(err.Error(), "another name") || strings.Contains(err.Error(), "4242") {
		t.Errorf("a file's name: %v", err)
	}
}

// A file without a header has somebody's row where its header should be: what is said of the header has no card's number in it.
func TestACardInAHeaderIsPutOut(t *testing.T) {
	t.Parallel()
	f := plainSetUp(t, plainMapping, "FH1,2026-11-20,10:00,METER,ABC 123,paid 4242 4242 4242 4242\n")
	_, err := intake.Run(t.Context(), f.config)
	if err == nil || !strings.Contains(err.Error(), "the header has: ") || !strings.Contains(err.Error(), "**42") || strings.Contains(err.Error(), "4242") {
		t.Errorf("%v", err)
	}
}
