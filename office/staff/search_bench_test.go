package staff

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"
	"time"

	"fundy/city"
	"fundy/payment"
	"fundy/store"
	"fundy/ticket"
)

const benchTickets = 20_000

// ticketsIn writes so many tickets: 40 a day in 20 streets, each with a plate of its own but that every 50th looks like
// the one before.
func (b *bench) ticketsIn(n int) {
	b.t.Helper()
	numbers := make([]string, 0, n)
	for i := range n {
		numbers = append(numbers, fmt.Sprintf("SJ%06d", 100000+7*i))
	}
	b.numbersIn(numbers)
}

// numbersIn is ticketsIn of tickets with these numbers.
func (b *bench) numbersIn(numbers []string) {
	b.t.Helper()
	zone, index := b.pages.city.Zone, b.pages.Index
	today := city.DateOf(b.now, zone)
	schedule, _ := b.pages.Rules().ScheduleFor(today)
	rows := make([]store.ImportRow, 0, len(numbers))
	for i, number := range numbers {
		day := today.AddDays(-i / 40)
		p, err := ticket.ParsePlate(benchPlate(i))
		if err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, store.ImportRow{
			Ticket: ticket.Ticket{
				ID: ticket.ID("tkt" + number), Regime: b.pages.city.Regime, Number: number, IssuedOn: day, IssuedAt: day.Start(zone).Add(10 * time.Hour), TimeKnown: true,
				Offence: "LOADING", Schedule: schedule.ID, Place: fmt.Sprintf("Tide %c Street", 'A'+i%20), Jurisdiction: "NB", Delivery: ticket.Windshield, State: ticket.Open, ArrivedAt: b.now,
			},
			NumberKey: number, Digest: []byte(number), Lookup: index.Lookup("demo", number, p.Skeleton),
			PlateIndex: index.Plate("demo", p.Canonical, "NB"), SkeletonIndex: index.Skeleton("demo", p.Skeleton), PlateSealed: []byte{1}, DataKey: "k",
		})
	}
	_, err := b.pages.Store.ApplyImport(context.Background(), store.ImportBatch{
		ID: "many", Source: "test", Mapping: "test", At: b.now, DataKey: store.DataKey{ID: "k", Sealed: []byte{1}}, Rows: rows, Leaf: leafOf(b.now),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func benchPlate(i int) string {
	if i%50 == 1 {
		return fmt.Sprintf("C0B %03d", i-1)
	}
	return fmt.Sprintf("%c%c%c %03d", 'A'+i/1000, "BCFHJ"[i%5], "KLMNP"[i/5%5], i%1000)
}

// BenchmarkSearch is a clerk's whole request: guard, session, search and page.
func BenchmarkSearch(tb *testing.B) {
	b := newBench(tb, store.Config{Driver: "sqlite", Path: tb.TempDir() + "/city.db"})
	b.ticketsIn(benchTickets)
	b.person("anne", "clerk")
	token := b.session("anne")
	b.paidAs("tktSJ100700", someReceipt, "pi_3Abc", payment.Captured)
	for _, c := range []struct {
		name  string
		typed url.Values
		want  int
	}{
		{"number", url.Values{"number": {"SJ135000"}}, http.StatusSeeOther},
		{"wrong digit", url.Values{"number": {"SJ135009"}}, http.StatusOK},
		{"plate", url.Values{"plate": {benchPlate(5003)}, "province": {"NB"}}, http.StatusSeeOther},
		{"alike", url.Values{"plate": {benchPlate(5003)}, "province": {"ZZ"}}, http.StatusOK},
		{"unknown", url.Values{"plate": {"?" + benchPlate(5003)[1:]}}, http.StatusOK},
		{"street", url.Values{"day": {"2026-05-30"}, "street": {"tide b"}}, http.StatusOK},
		{"receipt", url.Values{"number": {someReceipt}}, http.StatusSeeOther},
		{"reference", url.Values{"number": {"pi_3Abc"}}, http.StatusSeeOther},
	} {
		tb.Run(c.name, func(tb *testing.B) {
			ctx, cancel := context.WithCancel(context.Background()) // as a server's requests have one
			defer cancel()
			tb.ReportAllocs()
			began := processorTime(tb)
			for tb.Loop() {
				w := httptest.NewRecorder()
				b.h.ServeHTTP(w, b.request("POST", "/find", token, c.typed).WithContext(ctx))
				if w.Code != c.want {
					tb.Fatalf("answers %d, want %d\n%s", w.Code, c.want, w.Body)
				}
			}
			tb.ReportMetric(float64((processorTime(tb)-began).Nanoseconds())/float64(tb.N), "cpu-ns/op")
		})
	}
}

// processorTime is how long processors have worked for this process, waste and collector with it: another's work on
// the same machine counts less in it than in the clock.
func processorTime(tb *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
