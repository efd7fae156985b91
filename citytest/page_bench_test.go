package citytest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/visitor"
)

// BenchmarkPages are whole requests through the portal's handler, the desk's socket and the office: the first page, and
// the page of a found ticket. The tripwire of such a city stands on its socket and is not measured.
func BenchmarkPages(tb *testing.B) {
	c := citytest.SQLite(tb)
	c.Add(citytest.Spec{Number: "FH-0012345", Plate: "ABC 1O3", Offence: "NOPARK", Age: 20})
	v := &visitor.Visitor{}
	v.Open(context.Background(), c.Portal.URL+"/pay")
	v.Send(context.Background(), "find", "/pay/find", map[string]string{"number": "FH-0012345", "plate": "ABC 1O3"})
	if v.Err != nil {
		tb.Fatal(v.Err)
	}
	cookie := v.Cookie(c.Portal.URL)
	for _, path := range []string{"/pay", "/pay/tickets"} {
		tb.Run(path, func(tb *testing.B) {
			tb.ReportAllocs()
			began, n := processorTime(tb), 0
			for tb.Loop() {
				ctx, cancel := context.WithCancel(context.Background())
				r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
				r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
				r.Header.Set("Cookie", cookie)
				r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:4000", n>>16&255, n>>8&255, n&255) // of many: each asks as often as he may
				w := httptest.NewRecorder()
				c.Portal.Config.Handler.ServeHTTP(w, r)
				cancel()
				if n++; w.Code != http.StatusOK {
					tb.Fatalf("answers %d\n%s", w.Code, w.Body)
				}
			}
			tb.ReportMetric(float64((processorTime(tb)-began).Nanoseconds())/float64(tb.N), "cpu-ns/op")
		})
	}
}

// processorTime is how long processors have worked for this process.
func processorTime(tb *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
