package staff

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"fundy/store"
	"fundy/ticket"
)

// Every ticket whose clock somebody has stopped is on a list of its own, the longest first: since when, by whom, why, and
// that nothing ends it but a person. It leaves when the hold ends.
func TestTicketsOnHoldAreAList(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("sam", "screening")
		b.person("paul", "auditor")
		ctx, s := context.Background(), b.pages.Settler
		if line := b.lineOf("anne", "Tickets on hold"); !strings.HasPrefix(line, "0 – 0") {
			t.Errorf("before: %q", line)
		}
		long, short, paid := b.owed("SJ1"), b.owed("SJ2"), b.owed("SJ3")
		for _, h := range []struct {
			id   ticket.ID
			days int
			why  string
			by   string
		}{{long, 25, "the sign is looked at", "anne"}, {short, 6, "the owner is in hospital", "sam"}, {paid, 0, "the meter is looked at", "sam"}} {
			if err := s.HoldTicket(ctx, h.id, h.why, h.by); err != nil {
				t.Fatal(err)
			}
			b.now = b.now.AddDate(0, 0, h.days)
		}
		if err := s.ReleaseTicket(ctx, paid, "it works", "anne"); err != nil {
			t.Fatal(err)
		}
		for who, says := range map[string]string{"anne": "you may", "sam": "you may", "paul": "not you"} {
			if line := b.lineOf(who, "Tickets on hold"); !strings.HasPrefix(line, "2 31 days 1 Screening officer, Supervisor "+says) {
				t.Errorf("%s sees %q", who, line)
			}
		}
		code, page := b.get(b.session("paul"), "/work/holds")
		b.wants(code, page, http.StatusOK, "SJ1", "31 days", "the sign is looked at", "anne", "SJ2", "6 days", "the owner is in hospital", "sam", "until a person ends it", "late", "nobody can pay the ticket")
		if strings.Index(page, "SJ1") > strings.Index(page, "SJ2") || strings.Contains(page, "SJ3") {
			t.Error("not the longest first, or one whose hold is over")
		}
		if code, page := b.get(b.session("anne"), "/work/holds"); code != http.StatusOK || !strings.Contains(page, `href="/tickets/`+string(long)+`"`) {
			t.Error("it does not lead to the ticket")
		}
		err := b.pages.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			all, err := tx.TicketsOnHold(ctx, 1)
			if len(all) != 1 || all[0].ID != long || all[0].Who != "anne" {
				t.Errorf("one at most: %+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// Held again, it is who did it last, and why.
		if err := s.ReleaseTicket(ctx, long, "asked", "sam"); err != nil {
			t.Fatal(err)
		}
		b.now = b.now.AddDate(0, 0, 1)
		if err := s.HoldTicket(ctx, long, "the council decides", "sam"); err != nil {
			t.Fatal(err)
		}
		_, page = b.get(b.session("anne"), "/work/holds")
		if !strings.Contains(page, "the council decides") || strings.Contains(page, "the sign is looked at") || strings.Index(page, "SJ2") > strings.Index(page, "SJ1") {
			t.Error("held again, it is not of the last hold")
		}
	})
}
