package staff

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/store"
)

// Two administrators look through who has what: each of the other, nobody of himself; a removal waits for the second person.
// When everybody was looked at, it is done for a year.
func TestAccessIsLookedThroughEachYear(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "administrator")
		b.person("ben", "administrator", "finance")
		b.person("carl", "clerk")
		b.person("dan") // a passkey, and no role
		began := b.now
		in := func(name string) string {
			b.now = b.now.Add(time.Second)
			return b.session(name)
		}
		code, page := b.get(in("anne"), "/access")
		b.wants(code, page, http.StatusOK, "It has not been looked through yet", "Find tickets and payments, with plates masked.", "Begin now")
		b.now = began.AddDate(1, 0, 0)
		code, page = b.get(in("anne"), "/people")
		b.wants(code, page, http.StatusOK, "has never been looked through")
		code, page = b.post(in("anne"), "/access/carl", url.Values{"act": {"confirm"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "None is under way")
		code, page = b.post(in("anne"), "/access", nil)
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(in("ben"), "/access", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "under way already")

		code, page = b.post(in("anne"), "/access/anne", url.Values{"act": {"confirm"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Another administrator looks at yours", "To be looked at: 4.")
		code, page = b.post(in("anne"), "/access/nobody", url.Values{"act": {"confirm"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Nobody has this name")
		code, _ = b.post(in("anne"), "/access/carl", url.Values{"act": {"remove"}})
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.post(in("ben"), "/access/carl", url.Values{"act": {"confirm"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "That was said already")
		for _, c := range [][2]string{{"anne", "ben"}, {"anne", "dan"}} {
			code, _ = b.post(in(c[0]), "/access/"+c[1], url.Values{"act": {"confirm"}})
			b.wants(code, "", http.StatusSeeOther)
		}
		code, page = b.get(in("anne"), "/access")
		b.wants(code, page, http.StatusOK, "To be looked at: 1.", "Removal asked (anne", "Confirmed (anne")
		r := b.request("POST", "/access/anne", in("ben"), url.Values{"act": {"confirm"}})
		if _, _, head := b.raw(r); !strings.Contains(head.Get("Location"), "said=review_ended") {
			t.Errorf("the last one does not end it: %v", head)
		}
		ended := b.now
		code, page = b.get(in("ben"), "/access")
		b.wants(code, page, http.StatusOK, "Last looked through on", "Begin now")

		// carl has what he had until a second person has decided.
		code, page = b.get(in("ben"), "/people")
		b.wants(code, page, http.StatusOK, "carl", "/approve")
		change := ""
		b.write(func(ctx context.Context, tx *store.Tx) error {
			open, err := tx.OpenStaffChanges(ctx, changesOpen)
			if len(open) != 1 || len(open[0].Roles) != 0 || open[0].AskedBy != "anne" {
				t.Errorf("%+v", open)
			}
			change = open[0].ID
			return err
		})
		code, page = b.post(in("anne"), "/changes/"+change+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity)
		code, _ = b.post(in("ben"), "/changes/"+change+"/approve", nil)
		b.wants(code, "", http.StatusSeeOther)
		code, page = b.get(in("ben"), "/people/carl")
		b.wants(code, page, http.StatusOK, "removal was asked, in the yearly look through: Clerk")

		b.now = ended.AddDate(1, 0, 0).Add(time.Hour)
		code, page = b.get(in("anne"), "/access")
		b.wants(code, page, http.StatusOK, "more than a year ago")
	})
}

// Two who say something of one person at once: one of them has. Two who begin at once: one review.
func TestTwoLookThroughAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		for _, name := range []string{"anne", "ben", "carl"} {
			b.person(name, "administrator")
		}
		d, ctx := b.pages.desk(), context.Background()
		twice := func(do func(by string) error, want string) {
			t.Helper()
			done := make(chan error, 2)
			for _, by := range []string{"anne", "ben"} {
				go func() { done <- do(by) }()
			}
			var no *Refusal
			first, second := <-done, <-done
			if first != nil {
				first, second = second, first
			}
			if first != nil || !errors.As(second, &no) || no.Reason != want {
				t.Errorf("%v, %v; want %s once", first, second, want)
			}
		}
		twice(func(by string) error { return d.BeginReview(ctx, by) }, RefusedReviewOpen)
		twice(func(by string) error { _, err := d.SayOfAccess(ctx, "carl", true, by); return err }, RefusedReviewed)
	})
}

func TestWhenAReviewIsDue(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		last, first, now string
		due              bool
	}{
		{"", "", "2026-06-03", false}, {"", "2025-06-04", "2026-06-03", false}, {"", "2025-06-03", "2026-06-03", true},
		{"2026-01-01", "2020-01-01", "2026-12-31", false}, {"2026-01-01", "2020-01-01", "2027-01-01", true},
	} {
		var last, first time.Time
		if c.last != "" {
			last = day(c.last)
		}
		if c.first != "" {
			first = day(c.first)
		}
		if got := ReviewDue(last, first, day(c.now)); got != c.due {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// After twenty answers that were refused from one source, none from there is looked at for twenty minutes; another source,
// and whoever is at work, is not held up.
func TestManyRefusedPasskeysWait(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "clerk")
	at := b.session("anne")
	wrong := func(path, from string) (int, string, http.Header) {
		r := b.request("POST", path, "", url.Values{"ceremony": {"x"}, "answer": {"{}"}})
		r.RemoteAddr = from
		return b.raw(r)
	}
	for i := range triesMost {
		if code, page, _ := wrong("/signin", "192.0.2.10:4000"); code != http.StatusOK || !strings.Contains(page, "This passkey lets nobody in here") {
			t.Fatalf("%d: %d\n%s", i, code, page)
		}
	}
	for path, want := range map[string]string{"/signin": "Too many passkeys were refused from here", "/unlock": "", "/find": "Too many passkeys were refused from here"} {
		code, page, head := wrong(path, "192.0.2.10:5000")
		if code != http.StatusTooManyRequests || !strings.Contains(page, want) || want != "" && head.Get("Retry-After") == "" {
			t.Errorf("%s: %d, %v\n%s", path, code, head, page)
		}
	}
	for _, from := range []string{"192.0.2.11:4000", "[2001:db8::1]:4000"} {
		if code, _, _ := wrong("/signin", from); code != http.StatusOK {
			t.Errorf("%s waits too: %d", from, code)
		}
	}
	for range triesMost {
		wrong("/signin", "[2001:db8::2]:4000") // of the same /64
	}
	if code, _, _ := wrong("/signin", "[2001:db8::3]:4000"); code != http.StatusTooManyRequests {
		t.Errorf("an IPv6 network goes on by its addresses: %d", code)
	}
	code, page := b.get(at, "/")
	b.wants(code, page, http.StatusOK)
	b.now = b.now.Add(triesFor)
	if code, _, _ := wrong("/signin", "192.0.2.10:4000"); code != http.StatusOK {
		t.Errorf("it still waits: %d", code)
	}
}

// What is remembered of sources has an end.
func TestTriesAreBounded(t *testing.T) {
	t.Parallel()
	tries, now := newTries(), time.Now()
	for i := range 3 * triesFrom {
		from := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		for range 2 * triesMost {
			tries.refused(from, now)
		}
		if n := len(tries.typed); n > triesFrom+1 {
			t.Fatalf("%d sources are remembered", n)
		}
		if n := len(tries.typed[from]); n > triesMost {
			t.Fatalf("%d of one", n)
		}
	}
}
