package staff

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fundy/bank"
	"fundy/city"
	"fundy/examples"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// banks gives a bench the demonstration's way to the bank.
func (b *bench) banks() {
	b.t.Helper()
	text, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		b.t.Fatal(err)
	}
	rules, faults := payout.ParseRules(text, b.pages.city.Currency)
	if len(faults) > 0 {
		b.t.Fatal(faults)
	}
	b.pages.Deposits = func() (*settle.Deposits, bool) {
		return settle.NewDeposits(settle.DepositsConfig{
			Store: b.pages.Store, City: b.pages.city, Rules: rules, Calendar: b.pages.Rules(), Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler),
			Digest: func(fields ...string) []byte { return b.pages.Index.Digest("demo", fields...) },
		}), true
	}
}

// slipOf takes a cheque at the counter for a ticket and puts it on a deposit slip.
func (b *bench) slipOf(number, reference string) (ticket.ID, city.Date) {
	b.t.Helper()
	ctx, now := context.Background(), func() time.Time { b.now = b.now.Add(time.Second); return b.now }
	s := settle.New(settle.Config{
		Store: b.pages.Store, City: b.pages.city, Rules: b.pages.Rules, Counter: city.CounterSettings{MailDate: "received"}, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	id := b.owed(number)
	floats := payment.Count{2000: 5}
	_, err := s.MakeDrawer(ctx, "A", "City Hall", "dora")
	if err == nil {
		_, err = s.OpenDrawer(ctx, "A", "carl", floats)
	}
	if err == nil {
		_, err = s.TakeTender(ctx, settle.TenderRequest{
			RequestID: "req_" + rand.Text(), Tickets: []ticket.ID{id}, By: "carl",
			Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "77"}},
		})
	}
	if err == nil {
		_, err = s.CloseDrawer(ctx, "A", "carl", "bert", "", floats)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	d, _ := b.pages.Deposits()
	day := city.DateOf(b.now, b.pages.city.Zone)
	waiting, _, err := d.Slips(ctx, day.AddDays(-30))
	if err != nil || len(waiting) == 0 {
		b.t.Fatal(waiting, err)
	}
	var batches []payment.BatchID
	for _, one := range waiting {
		if one.Kind == payment.ChequeBatch {
			batches = append(batches, one.ID)
		}
	}
	if _, err := d.MakeSlip(ctx, payout.SlipAsk{Account: "operating", Day: day, Reference: reference, Batches: batches, By: "carl"}, true); err != nil {
		b.t.Fatal(err)
	}
	return id, day
}

// bai is the bank's file of a day with lines that are not ours and one that may be.
func bai(day city.Date, cents int64, text string) []byte {
	short := day.Start(time.UTC).Format("060102")
	var body strings.Builder
	sum, n := int64(0), 0
	for i := range 9 {
		n++
		sum += int64(1000 + 731*i)
		fmt.Fprintf(&body, "16,142,%d,Z,BK%s%03d,PROPTAX,PROPERTY TAX %d/\n", 1000+731*i, short, n, i)
	}
	if cents > 0 {
		n++
		sum += cents
		fmt.Fprintf(&body, "16,301,%d,Z,BK%s%03d,%s/\n", cents, short, n, text)
	}
	return fmt.Appendf(nil, "01,B,C,%s,0500,1,,,2/\n02,C,B,1,%s,2400,CAD,2/\n03,000104762233,,/\n%s49,%d,%d/\n98,%d,1,%d/\n99,%d,1,%d/\n",
		short, short, body.String(), sum, n+2, sum, n+4, sum, n+6)
}

// bring sends a file by a form, as a browser does.
func (b *bench) bring(token, path, name, kind string, content io.Reader, form url.Values) *http.Request {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if form == nil {
		form = url.Values{}
	}
	form.Set("form", b.pages.formToken(token))
	for key, values := range form {
		for _, value := range values {
			if err := w.WriteField(key, value); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {kind}})
	if err == nil {
		_, err = io.Copy(part, content)
	}
	if err != nil || w.Close() != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", browserOne)
	r.RemoteAddr = "192.0.2.10:4000"
	if token != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: token})
	}
	return r
}

var applies = regexp.MustCompile(`action="(/finance/files/[^"]+/apply)"`)

// takes brings a file of the bank and applies it.
func (b *bench) takes(token, name string, content []byte) {
	b.t.Helper()
	code, page := b.do(b.bring(token, "/finance/files/bank", name, "text/plain", bytes.NewReader(content), nil))
	b.wants(code, page, http.StatusOK, "Only looked at: nothing was written")
	at := applies.FindStringSubmatch(page)
	if at == nil {
		b.t.Fatalf("nothing to apply in\n%s", page)
	}
	code, page = b.post(token, at[1], nil)
	b.wants(code, page, http.StatusOK, "Applied.", "The file is applied.")
	code, page = b.post(token, at[1], nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
}

func (b *bench) count(query func(ctx context.Context, tx *store.Tx) (int, error)) (n int) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = query(ctx, tx)
		return err
	})
	return n
}

// A clerk closes a day with an error of one cent in the bank's file: the page says where, the day does not close. Put
// right, it closes, and its figures do not move any more.
func TestClosingADayThatIsACentOff(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		b.person("fay", "finance")
		_, day := b.slipOf("SJ1", "1001")
		b.now = b.now.Add(24 * time.Hour)
		fay := b.session("fay")
		at := "/finance/days/" + day.String()
		code, page := b.get(fay, at)
		b.wants(code, page, http.StatusOK, "$50.00", "Not there yet", "the deposit slip 1001")

		// Nothing is written by looking.
		code, page = b.do(b.bring(fay, "/finance/files/bank", day.String()+".bai", "text/plain", bytes.NewReader(bai(day, 4999, "SLIP 1001,TICKET COUNTER DEPOSIT")), nil))
		b.wants(code, page, http.StatusOK, "BAI2", "not ours", "Only looked at: nothing was written")
		files := func(ctx context.Context, tx *store.Tx) (int, error) {
			all, err := tx.BankFiles(ctx, 10)
			return len(all), err
		}
		if n := b.count(files); n != 0 {
			t.Errorf("%d files were taken by looking", n)
		}
		b.takes(fay, day.String()+".bai", bai(day, 4999, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "What nobody has explained", "line 13 of "+day.String()+".bai", "they differ by -0.01")
		code, page = b.post(fay, at+"/close", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "Something is not explained: 1")
		code, page = b.get(fay, "/finance")
		b.wants(code, page, http.StatusOK, "$49.99 in 1", day.String())

		// The bank's corrected file has the slip; the wrong line is explained.
		b.takes(fay, day.String()+"-2.bai", bai(day, 5000, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		_, page = b.get(fay, at)
		ref := regexp.MustCompile(`name="ref" value="([^"]+)"`).FindStringSubmatch(page)
		if ref == nil {
			t.Fatalf("nothing to explain in\n%s", page)
		}
		explain := func(class, why string, code int, words ...string) {
			t.Helper()
			got, page := b.post(fay, at+"/explain", url.Values{"ref": {ref[1]}, "class": {class}, "why": {why}})
			b.wants(got, page, code, words...)
		}
		explain("timing", "no", http.StatusUnprocessableEntity, "Pick what it is")
		explain("fee", "", http.StatusUnprocessableEntity, "Say why, in one line")
		explain("fee", "the bank’s own mistake, taken back; asked R.", http.StatusSeeOther)
		explain("fee", "again", http.StatusUnprocessableEntity, "explained already")
		code, page = b.post(fay, at+"/close", nil)
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "by fay: its figures do not move any more", "the bank’s own mistake")
		code, page = b.post(fay, at+"/close", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "It is closed already")
	})
}

// Figures go out as files once that is on the log, and no text in them is a formula.
func TestFiguresGoOutAsFiles(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/city.db"
	b := newBench(t, store.Config{Driver: "sqlite", Path: path})
	b.banks()
	b.person("fay", "finance")
	b.person("sam", "supervisor")
	_, day := b.slipOf("SJ1", "1001")
	fay, sam := b.session("fay"), b.session("sam")
	for at, form := range map[string]url.Values{
		"/finance/days/" + day.String() + "/file": {},
		"/finance/reports/file":                   {"from": {day.AddDays(-3).String()}, "until": {day.String()}},
		"/finance/bank/file":                      {},
		"/finance/year/file":                      {"year": {"2025"}},
	} {
		for format, begins := range map[string]string{"csv": "\ufeff", "xlsx": "PK"} {
			form.Set("format", format)
			r := b.request("POST", at, fay, form)
			w := httptest.NewRecorder()
			b.h.ServeHTTP(w, r)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), begins) || !strings.Contains(w.Header().Get("Content-Disposition"), "."+format) {
				t.Errorf("%s: %d %s", at, w.Code, w.Header())
			}
			form.Del("form")
		}
	}
	code, _ := b.post(sam, "/finance/reports/file", nil)
	b.wants(code, "", http.StatusForbidden)
	if n := leavesOf(t, path, "report_export"); n != 8 {
		t.Errorf("%d leaves for 8 files", n)
	}
}

// leavesOf counts the leaves of a kind in a store that is open.
func leavesOf(t *testing.T, path, kind string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "select count(*) from leaf where kind = ?", kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What a bank or a mapping can't be is said before anything is read: nothing, too much, another kind than its name.
func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.banks()
	b.person("fay", "finance")
	b.person("carl", "clerk")
	fay, carl := b.session("fay"), b.session("carl")
	for _, c := range []struct {
		name, kind, content string
		code                int
		words               string
	}{
		{"empty.bai", "text/plain", "", 422, "The file is empty"},
		{"bank.csv", "text/csv", "PK\x03\x04\x14\x00", 422, "This is a spreadsheet or a zip file, whatever its name says"},
		{"bank.csv", "text/csv", "%PDF-1.7", 422, "This is a PDF"},
		{"bank.csv", "text/csv", "\x89PNG\r\n", 422, "This is a picture"},
		{"bank.csv", "text/csv", "MZ\x90", 422, "This is a program"},
		{"bank.csv", "text/csv", "\x1f\x8b\x08", 422, "This file is packed"},
		{"bank.bai", "image/png", "nothing of a bank\n", 422, "The bank’s file is not taken"},
		{"large.bai", "text/plain", strings.Repeat("x", uploadMost+1), 422, "The file is larger than 16 MB"},
		{"rows.bai", "text/plain", strings.Repeat("16\n", rowsMost+1), 422, "The file has more than 50000 rows"},
		{"4242 4242 4242 4242.bai", "text/plain", "x", 422, "No cards here"},
		{"x.bai", "text/4242424242424242", "x", 422, "No cards here"},
	} {
		b.log.Reset()
		code, page := b.do(b.bring(fay, "/finance/files/bank", c.name, c.kind, strings.NewReader(c.content), nil))
		b.wants(code, page, c.code, c.words)
		if strings.Contains(page+b.log.String(), "4242") {
			t.Errorf("%s: it is shown or logged", c.name)
		}
	}
	code, page := b.do(b.bring(carl, "/finance/files/bank", "x.bai", "text/plain", strings.NewReader("x"), nil))
	b.wants(code, page, http.StatusForbidden, "You may not do this")
	code, page = b.do(b.bring("", "/finance/files/bank", "x.bai", "text/plain", strings.NewReader("x"), nil))
	b.wants(code, page, http.StatusUnauthorized, "Sign in")
	r := b.bring(fay, "/finance/files/bank", "x.bai", "text/plain", strings.NewReader("x"), nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	code, page = b.do(r)
	b.wants(code, page, http.StatusForbidden)
}

// pour is so many bytes of a file that never ends.
type pour struct{ left int64 }

func (p *pour) Read(to []byte) (int, error) {
	if p.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(to)), p.left)
	for i := range n {
		to[i] = 'x'
	}
	p.left -= n
	return int(n), nil
}

// A file of 200 MB is answered with why it is not taken, over a real connection, and is never held.
func TestAFileOfTwoHundredMegabytes(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.banks()
	b.person("fay", "finance")
	token := b.session("fay")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "192.0.2.10:4000"
		b.h.ServeHTTP(w, r)
	}))
	defer server.Close()
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bai\"\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), &pour{200 << 20}, strings.NewReader("\r\n--x--\r\n"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/finance/files/bank", body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(head)) + 200<<20 + 9
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", browserOne)
	r.AddCookie(&http.Cookie{Name: cookieName, Value: token})
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(page), "larger than 16 MB") {
		t.Errorf("%d, %v\n%s", answer.StatusCode, err, page)
	}
}

// A file of tickets is looked at with its totals and rejects, and applied as it was; what is brought by one is not
// applied by another.
func TestAFileOfTickets(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("fay", "finance")
	b.person("eve", "finance")
	fay, eve := b.session("fay"), b.session("eve")
	var asks []ImportAsk
	b.pages.Intake = &Intake{
		Mappings:    func() ([]string, error) { return []string{"handhelds"}, nil },
		BankMapping: func() (*bank.Mapping, error) { return nil, nil },
		Run: func(_ context.Context, ask ImportAsk) (Imported, error) {
			asks = append(asks, ask)
			if bytes.Contains(ask.Content, []byte("bad")) {
				return Imported{}, &FileFault{What: "import a.csv: line 1: the header is not what the mapping says"}
			}
			return Imported{
				Rows: 3, New: 1, Changed: 1, Rejected: 1, Fines: money.FromMinor(5000), Codes: []CodeTotal{{"9", "NOPARK", 2, money.FromMinor(5000)}},
				Rejects: []RejectedRow{{Line: 4, Column: "Issue_Date", Field: "issued_on", Reason: "not a day", French: "pas un jour"}},
			}, nil
		},
	}
	code, page := b.do(b.bring(fay, "/finance/files/tickets", "a.csv", "text/csv", strings.NewReader("bad"), url.Values{"mapping": {"handhelds"}}))
	b.wants(code, page, http.StatusUnprocessableEntity, "can’t be read", "the header is not what the mapping says")
	code, page = b.do(b.bring(fay, "/finance/files/tickets", "a.csv", "text/csv", strings.NewReader("good"), url.Values{"mapping": {"handhelds"}}))
	b.wants(code, page, http.StatusOK, "Only looked at", "Day of issue: not a day", "$50.00", "Issue_Date", "Contradict a ticket: held")
	at := applies.FindStringSubmatch(page)[1]
	code, page = b.post(eve, at, nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
	b.now = b.now.Add(stagedFor + time.Second)
	fay = b.session("fay")
	code, page = b.post(fay, at, nil)
	b.wants(code, page, http.StatusUnprocessableEntity, "choose the file again")
	code, page = b.do(b.bring(fay, "/finance/files/tickets", "a.csv", "text/csv", strings.NewReader("good"), url.Values{"mapping": {"handhelds"}}))
	b.wants(code, page, http.StatusOK)
	code, page = b.post(fay, applies.FindStringSubmatch(page)[1], nil)
	b.wants(code, page, http.StatusOK, "Applied.")
	last := asks[len(asks)-1]
	if !last.Apply || string(last.Content) != "good" || last.Mapping != "handhelds" {
		t.Errorf("%+v", last)
	}
}
