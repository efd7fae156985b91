package staff

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/store"
)

// The list begins with the day on which the city's store was made, or its first money came; a day without anything is not
// "open", and is closed by the next day that is.
func TestDaysWithoutAnythingAreNotOpen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		b.person("fay", "finance")
		fay := func() string { return b.session("fay") }
		began := b.now
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.SetCityIdentity(ctx, "demo", city.Demo, began)
		})
		list := func() string {
			t.Helper()
			code, page := b.get(fay(), "/finance")
			b.wants(code, page, http.StatusOK)
			return inWords(page)
		}
		row := func(at time.Time, state string) string { return at.Format("January 2, 2006") + " " + state }
		b.now = b.now.Add(48 * time.Hour) // two days without anything, then a deposit
		if text := list(); !strings.Contains(text, row(began, "nothing is in it")) || strings.Contains(text, row(began.AddDate(0, 0, -1), "")) || strings.Contains(text, "Older days") {
			t.Errorf("a new city:\n%s", text)
		}
		_, day := b.slipOf("SJ1", "1001")
		if text := list(); !strings.Contains(text, row(b.now, "open")) || !strings.Contains(text, row(began, "nothing is in it")) {
			t.Errorf("a first payment:\n%s", text)
		}
		code, page := b.get(fay(), "/finance/days/"+began.Format(time.DateOnly))
		b.wants(code, page, http.StatusOK, "Nothing is in this day yet")
		b.now = b.now.Add(24 * time.Hour)
		b.takes(fay(), day.String()+".bai", bai(day, 5000, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		code, page = b.post(fay(), "/finance/days/"+day.String()+"/close", nil)
		b.wants(code, page, http.StatusSeeOther)
		if text := list(); !strings.Contains(text, row(b.now.AddDate(0, 0, -1), "closed 1")) || !strings.Contains(text, row(began, "closed with a later day")) {
			t.Errorf("closed:\n%s", text)
		}
		code, page = b.get(fay(), "/finance/days/"+began.Format(time.DateOnly))
		b.wants(code, page, http.StatusOK, "A later day is closed")
		if strings.Contains(page, "Close this day") {
			t.Error("a day before a closed one can be closed")
		}
		code, page = b.get(fay(), "/finance?until=2001-01-01")
		b.wants(code, page, http.StatusOK, row(began, "")[:len(row(began, ""))-1])
	})
}
