package staff

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/ticket"
)

var wayOption = regexp.MustCompile(`<option value="(processor|terminal|cheque)"[^>]*>([^<]*)`)

// A refund's form offers the ways that this payment's money can go back by, first the one that takes all of it.
func TestARefundsWaysAreThoseOfItsMoney(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		b.person("dora", "supervisor")
		if _, err := b.pages.Settler.MakeDrawer(ctx, "A", "City Hall", "dora"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.pages.Settler.OpenDrawer(ctx, "A", "ben", payment.Count{2000: 5}); err != nil {
			t.Fatal(err)
		}
		cheque := payment.Tender{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "451"}
		terminal := payment.Tender{Kind: payment.Terminal, Tendered: money.FromMinor(5000), Reference: "004711"}
		part, rest := cheque, terminal
		part.Tendered, rest.Tendered = money.FromMinor(3000), money.FromMinor(2000)
		for i, c := range []struct {
			tenders []payment.Tender
			want    string
		}{
			{[]payment.Tender{cheque}, "cheque"},
			{[]payment.Tender{{Kind: payment.Cash, Tendered: money.FromMinor(5000)}}, "cheque"},
			{[]payment.Tender{terminal}, "terminal cheque"},
			{[]payment.Tender{part, rest}, "cheque terminal at most $20.00"},
		} {
			b.now = b.now.Add(1e9)
			id := b.ticketIn("SJ"+string(rune('1'+i)), "ABC 123")
			e, err := b.pages.Settler.TakeTender(ctx, settle.TenderRequest{RequestID: "req_ways_012345678" + string(rune('0'+i)), Tickets: []ticket.ID{id}, Tenders: c.tenders, By: "ben"})
			if err != nil {
				t.Fatal(err)
			}
			code, page := b.get(b.session("dora"), "/receipts/"+e.Attempt.Receipt)
			b.wants(code, page, http.StatusOK, "Ask for a refund")
			var got []string
			for _, found := range wayOption.FindAllStringSubmatch(page, -1) {
				got = append(got, found[1])
				if _, most, ok := strings.Cut(found[2], ", at most"); ok {
					got = append(got, "at most"+most)
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("%d: %q, want %q", i, text, c.want)
			}
		}
	})
}

// The ways of a payment by card are to the card while the processor knows of it, and by cheque.
func TestPossibleWays(t *testing.T) {
	t.Parallel()
	all := money.FromMinor(5000)
	for _, c := range []struct {
		a     payment.Attempt
		there money.Amount
		want  string
	}{
		{payment.Attempt{Adapter: "stripe", ProcessorRef: "pi_1"}, money.Zero, "processor cheque"},
		{payment.Attempt{Adapter: "stripe"}, money.Zero, "cheque"},
		{payment.Attempt{Adapter: payment.CounterAdapter}, money.Zero, "cheque"},
		{payment.Attempt{Adapter: payment.CounterAdapter}, all, "terminal cheque"},
		{payment.Attempt{Adapter: payment.CounterAdapter}, money.FromMinor(1), "cheque terminal"},
	} {
		var got []string
		for _, way := range payment.PossibleWays(c.a, all, c.there) {
			got = append(got, string(way))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%+v: %q, want %q", c.a, text, c.want)
		}
	}
}
