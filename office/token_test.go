package office

import (
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fundy/city"
	"fundy/money"
	"fundy/ticket"
)

var (
	key  = TokenKey{ID: 1, Key: []byte("0123456789abcdef0123456789abcdef")}
	at   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	good = quoteToken{
		Ticket: "abcdefghijklmnopqrstuvwxyz", Version: 3, At: at, Holds: 30 * time.Minute, SlipAt: at.Add(-time.Hour),
		Components: []ticket.Component{{Kind: ticket.Penalty, Amount: money.FromMinor(6500), Tier: 2}, {Kind: ticket.EarlyPayment, Amount: money.FromMinor(-2500), Tier: 2}},
	}
)

func TestAQuoteComesBackAsItWasSigned(t *testing.T) {
	t.Parallel()
	token, err := signQuote(key, good)
	if err != nil {
		t.Fatal(err)
	}
	if len(token) > 150 {
		t.Errorf("a token is %d characters: ten of them must fit a cookie", len(token))
	}
	q, err := readQuote(key, token)
	if err != nil {
		t.Fatal(err)
	}
	total, _ := q.Total()
	if q.Ticket != good.Ticket || q.Version != 3 || !q.At.Equal(at) || q.Until() != at.Add(30*time.Minute) || !q.SlipAt.Equal(good.SlipAt) || total.Minor() != 4000 || len(q.Components) != 2 {
		t.Errorf("came back as %+v", q)
	}
}

// What the rules can charge has a place in a token; otherwise a ticket could be seen and never paid.
func TestEveryFeeHasAPlaceInAToken(t *testing.T) {
	t.Parallel()
	for _, name := range city.FeeComponents {
		if _, err := componentCode(ticket.ComponentKind(name)); err != nil {
			t.Error(err)
		}
	}
}

func TestABentQuoteIsNotOurs(t *testing.T) {
	t.Parallel()
	token, err := signQuote(key, good)
	if err != nil {
		t.Fatal(err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range token {
		for _, c := range []byte{'A', 'z', '_'} {
			bent := token[:i] + string(c) + token[i+1:]
			// The last character carries two bits that are not used: another one may say the same.
			if bent == token || (i == len(token)-1 && strings.IndexByte(alphabet, c)>>4 == strings.IndexByte(alphabet, token[i])>>4) {
				continue
			}
			if _, err := readQuote(key, bent); err == nil && i < len(token)-1 {
				t.Fatalf("character %d bent to %c was taken", i, c)
			}
		}
	}
	for name, other := range map[string]TokenKey{"other key": {ID: 1, Key: make([]byte, 32)}, "other id": {ID: 2, Key: key.Key}} {
		if _, err := readQuote(other, token); err == nil {
			t.Errorf("%s read it", name)
		}
	}
}

func TestASlipIsForItsNumberAndPlateOnly(t *testing.T) {
	t.Parallel()
	slip := makeSlip(key, "FH1", "A8C123", at)
	if len(slip) != 19 {
		t.Errorf("%s is %d characters", slip, len(slip))
	}
	got, ok := readSlip(key, strings.ToLower(strings.ReplaceAll(slip, "-", " ")), "FH1", "A8C123")
	if !ok || !got.Equal(at) {
		t.Errorf("came back as %s, %v", got, ok)
	}
	for _, other := range [][2]string{{"FH2", "A8C123"}, {"FH1", "A8C124"}, {"FH", "1A8C123"}} {
		if _, ok := readSlip(key, slip, other[0], other[1]); ok {
			t.Errorf("counts for %v", other)
		}
	}
	if _, ok := readSlip(TokenKey{ID: 1, Key: make([]byte, 32)}, slip, "FH1", "A8C123"); ok {
		t.Error("counts under another key")
	}
}

func TestWrongPlatesSlowANumberDownAndNeverLockIt(t *testing.T) {
	t.Parallel()
	s, now := newSlowdown(1_000_000, wrongFree), at
	// Many at once count one after the other: more than the free ones are not let through.
	var through atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if s.wait("N", now) == 0 {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != wrongFree {
		t.Errorf("%d of 50 guesses at once were let through, want %d", through.Load(), wrongFree)
	}
	if w := s.wait("N", now); w <= 0 || w > wrongLongest {
		t.Errorf("waits %s", w)
	}
	if w := s.wait("M", now); w != 0 {
		t.Errorf("another number waits %s", w)
	}
	for i := range 100 {
		now = now.Add(wrongLongest)
		if w := s.wait("N", now); w != 0 {
			t.Fatalf("wrong guess %d still waits %s after the longest wait: that is a lock", i, w)
		}
	}
	s.found("N")
	if w := s.wait("N", now); w != 0 {
		t.Errorf("waits %s after its owner was let in", w)
	}
	for range wrongNumbers + 10 {
		s.wait(rand.Text(), now)
	}
	if len(s.wrong) > wrongNumbers {
		t.Errorf("remembers %d numbers", len(s.wrong))
	}
}

func FuzzSlip(f *testing.F) {
	f.Add(makeSlip(key, "A", "B", at), "A", "B")
	f.Fuzz(func(t *testing.T, slip, number, skeleton string) {
		got, ok := readSlip(key, slip, number, skeleton)
		if ok && makeSlip(key, number, skeleton, got) == "" {
			t.Fatal("taken and not made")
		}
	})
}

func FuzzQuote(f *testing.F) {
	token, err := signQuote(key, good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Fuzz(func(t *testing.T, token string) {
		q, err := readQuote(key, token)
		if err != nil {
			return
		}
		if again, err := signQuote(key, q); err != nil || (again != token && len(again) != len(token)) {
			t.Fatalf("%q was read and signs as %q, %v", token, again, err)
		}
	})
}
