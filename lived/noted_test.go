package lived_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"fundy/lived"
	"fundy/report"
	"fundy/store"
	"fundy/ticket"
)

// notedInFrench wants French for all that the office itself has noted in such a city: of what waits, and of each ticket.
func notedInFrench(t *testing.T, c lived.Config, tickets int) {
	heard := 0
	said := func(about, who, note string) {
		if who != "" || note == "" {
			return
		}
		heard++
		if report.Noted("fr", note) == note {
			t.Errorf("of %s the office says %q, and has no French for it", about, note)
		}
	}
	look(t, c, func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenExceptions(ctx, 1000)
		if err != nil {
			return err
		}
		for _, e := range open {
			lines, err := tx.ExceptionEvents(ctx, e.ID)
			for _, l := range lines {
				said(string(e.Kind), l.Who, l.Note)
			}
			if err != nil {
				return err
			}
		}
		for i := range tickets {
			found, err := tx.TicketsNumbered(ctx, ticket.NumberKey(fmt.Sprintf("FH-%07d", 2_000_000+i*7)), 1)
			if err != nil || len(found) != 1 {
				return errors.Join(fmt.Errorf("%d tickets of one number", len(found)), err)
			}
			lines, _, err := tx.TicketStory(ctx, found[0].ID)
			for _, l := range lines {
				if l.Kind != store.StoryRefund {
					said(l.Kind, l.Who, l.Why)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if heard < 500 {
		t.Errorf("only %d notes were read", heard)
	}
}
