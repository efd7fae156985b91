package citytest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"fundy/citytest"
	"fundy/fault"
	"fundy/logbook"
	"fundy/payment"
	"fundy/store"
)

// fill leaves no room for another leaf, so for no change at all.
func fill(t *testing.T, c *citytest.City) {
	t.Helper()
	c.FillDisk()
	for _, size := range []int{3000, 300, 1} {
		for range 100 {
			err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
				l, err := logbook.NewLeaf("test", c.Now(), strings.Repeat("x", size), rand.Reader)
				return errors.Join(err, tx.AddLeaf(ctx, l))
			})
			if errors.Is(err, store.ErrFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Where nothing can be written, no payment begins, and the page says so and what to do, in both languages.
// Who was at the card page loses nothing: what he pays is taken once there is room, and his receipt is there.
func TestADiskThatCantBeWrittenRefusesAndLosesNothing(t *testing.T) {
	t.Parallel()
	for name, disk := range map[string]struct {
		shut, open func(*testing.T, *citytest.City)
	}{
		"full":      {fill, func(_ *testing.T, c *citytest.City) { c.FreeDisk() }},
		"read-only": {func(_ *testing.T, c *citytest.City) { c.LockDisk(true) }, func(_ *testing.T, c *citytest.City) { c.LockDisk(false) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			control(t, c, "webhooks", map[string]any{"mode": "off"})
			c.Add(citytest.Spec{Number: "W1", Plate: "WWW 111", Offence: "LOADING", Age: 1})
			c.Add(citytest.Spec{Number: "W2", Plate: "WWW 222", Offence: "LOADING", Age: 1})
			before := toCardPage(c, "en", "", [2]string{"W1", "WWW 111"})
			text(t, before)
			disk.shut(t, c)
			for lang, says := range map[string][]string{
				"en": {"Payments can’t begin right now", "can’t write anything down", "Nothing was charged", "don’t pay again", "Other ways to pay", "506-555-0142"},
				"fr": {"Aucun paiement ne peut commencer en ce moment", "ne peut rien enregistrer", "n’a prélevé aucun montant", "ne payez pas une deuxième fois", "506-555-0142"},
			} {
				v := toCardPage(c, lang, "", [2]string{"W2", "WWW 222"})
				want(t, text(t, v), says...)
				if v.Status != 503 {
					t.Errorf("%s: status %d", lang, v.Status)
				}
			}
			typeCard(before, good)
			if page := text(t, before); strings.Contains(page, "Paid in full") {
				t.Errorf("a receipt that is not written down:\n%s", page)
			}
			if check := c.CheckLedger(); check.Captured != 0 || check.Clearing != 0 {
				t.Errorf("while nothing can be written: %+v", check)
			}
			disk.open(t, c)
			id := attemptIn(before.At)
			if a, err := c.Office.Settler().Refresh(context.Background(), id); err != nil {
				t.Errorf("%s, %v", a.State, err)
			}
			for i := 0; attemptOf(t, c, id).State != payment.Captured && i < 40; i++ {
				_ = c.Office.Settler().Round(context.Background())
			}
			before.Open(context.Background(), c.Portal.URL+"/r/"+string(id))
			want(t, text(t, before), "Paid in full: $50.00")
			v := toCardPage(c, "en", "", [2]string{"W2", "WWW 222"})
			typeCard(v, good)
			want(t, text(t, v), "Paid in full: $50.00")
			if check := c.CheckLedger(); check.Captured != 10000 || check.Clearing != 10000 || check.PaidTickets != 2 {
				t.Errorf("%+v", check)
			}
		})
	}
}

// attemptIn is the attempt in an address of the portal's.
func attemptIn(address string) payment.AttemptID {
	_, id, _ := strings.Cut(address, "/r/")
	id, _, _ = strings.Cut(id, "?")
	id, _, _ = strings.Cut(id, "/")
	return payment.AttemptID(id)
}
