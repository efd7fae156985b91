package staff

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/review"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

var (
	linkIn   = regexp.MustCompile(`href="(/[^"#]*)"`)
	actionIn = regexp.MustCompile(`action="([^"]+)"`)
)

// approving are the permissions with which a person decides what another has asked for, and what the person sends.
var approving = []struct {
	may    Permission
	asked  func(b *bench) string // puts one before a second person, and returns what the decider must read of it
	action string                // how the form ends that decides
	form   func(page string) url.Values
	hidden []string // that is no business of who decides this alone
}{
	{DecideRefunds, func(b *bench) string {
		_, err := b.pages.Settler.AskRefundTo(context.Background(), b.taken("SJ1").ID, payment.RefundAsk{
			Way: payment.ByCheque, Amount: money.FromMinor(5000), Expected: money.FromMinor(5000), Ticket: b.ticketOf("SJ1"), Reason: payment.RefundReasons[0], By: "asker",
		}, func(payment.RefundID, int) ([]byte, error) { return []byte("sealed"), nil })
		return b.asked(err, "asker")
	}, "/approve", nil, []string{"ended long ago"}},
	{ApproveTickets, func(b *bench) string {
		_, err := b.pages.Settler.EndTicket(context.Background(), b.owed("SJ1"), ticket.Withdrawn, "the sign was hidden", "asker", true)
		return b.asked(err, "the sign was hidden")
	}, "/approve", nil, []string{"a debt of long ago"}},
	{DecideWriteOffs, func(b *bench) string {
		b.owed("SJ1")
		d := settle.DebtAsk{List: []settle.TicketNumber{{Number: "SJ1"}}, Resolution: "2026-9", Why: "a debt of long ago", By: "asker"}
		looked, err := b.pages.books().LookDebts(context.Background(), d)
		if err == nil {
			d.Digest = looked.Digest
			_, err = b.pages.books().AskWriteOff(context.Background(), d)
		}
		return b.asked(err, "a debt of long ago")
	}, "/approve", nil, []string{"the sign was hidden"}},
	{DecideCorrections, func(b *bench) string {
		from, day := b.slipOf("SJ1", "1001") // in the bank: it is not simply undone
		b.now = b.now.Add(24 * time.Hour)
		b.person("fay", "finance")
		b.takes(b.session("fay"), day.String()+".bai", bai(day, 5000, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		_, err := b.pages.Settler.AskTransfer(context.Background(), b.attemptOf(from), payment.TransferAsk{From: from, To: b.owed("SJ2"), Why: "the payer misread a number", By: "asker"}, true)
		return b.asked(err, "the payer misread a number")
	}, "/approve", nil, nil},
	{DecideRules, func(b *bench) string {
		b.person("asker", "administrator")
		b.asks(b.session("asker"), "/finance/rules/holiday", url.Values{"day": {"2026-12-28"}, "name_en": {"Day off"}, "name_fr": {"Jour libre"}, "resolution": {"2026-9"}})
		return "asker"
	}, "/approve", nil, []string{"/finance/rules/file"}},
	{DecideRights, func(b *bench) string {
		b.person("asker", "administrator")
		b.person("carl", "clerk")
		return b.asked(b.pages.desk().AskChange(context.Background(), store.StaffChange{Name: "carl", Kind: store.ChangeRoles, Roles: []string{"finance"}, AskedBy: "asker"}), "carl")
	}, "/approve", nil, []string{"/people/carl", "/access"}},
	{AcceptDeposits, func(b *bench) string {
		_, day := b.slipOf("SJ1", "1001")
		b.now = b.now.Add(24 * time.Hour)
		b.person("fay", "finance")
		b.takes(b.session("fay"), day.String()+".bai", bai(day, 4999, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		return "1001"
	}, "/accept", func(page string) url.Values {
		return url.Values{"line": {lineValue.FindStringSubmatch(page)[1]}, "why": {"the bank’s count"}}
	}, nil},
	{TakeMoney, func(b *bench) string {
		_, err := b.pages.Settler.AskSecond(context.Background(), payment.Second{Kind: payment.SecondMail, Amount: money.FromMinor(5000), AskedBy: "asker"})
		return b.asked(err, "asker")
	}, "/confirm", func(string) url.Values { return url.Values{"counted": {"50.00"}} }, nil},
	{DecideReviews, func(b *bench) string {
		s := b.sealed()
		return s.asks(s.ticketIn("SJ1", "ABC 123"), review.ByPost).Reference
	}, "/decide", func(string) url.Values {
		return url.Values{"event": {"keep"}, "words": {"Because."}, "version": {"1"}}
	}, nil},
}

// asked is what is read of something that was put before a second person.
func (b *bench) asked(err error, reads string) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return reads
}

// taken is a payment by cheque over the counter.
func (b *bench) taken(number string) payment.Attempt {
	b.t.Helper()
	b.counterIn()
	e, err := b.pages.Settler.TakeTender(context.Background(), settle.TenderRequest{
		RequestID: "req_alone_0123456789" + number, Tickets: []ticket.ID{b.owed(number)}, By: "ben",
		Tenders: []payment.Tender{{Kind: payment.Cheque, Tendered: money.FromMinor(5000), Reference: "451"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return e.Attempt
}

func (b *bench) attemptOf(id ticket.ID) (a payment.AttemptID) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = tx.AttemptOfTicket(ctx, id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) ticketOf(number string) (id ticket.ID) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.TicketsNumbered(ctx, ticket.NumberKey(number), 1)
		if err == nil {
			id = found[0].ID
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// Whoever may decide what another has asked for, and has no other permission, comes to it from the first page by links, reads
// it, and decides. No link on the way is refused, and nothing else is shown.
func TestWhoOnlyDecidesFindsWhatThereIsToBeDecided(t *testing.T) {
	t.Parallel()
	for _, one := range approving {
		t.Run(string(one.may), func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, b *bench) {
				b.banks()
				b.standing()
				b.pages.roles["alone"] = []Permission{one.may}
				reads := one.asked(b)
				b.person("dee", "alone")
				token := b.session("dee")
				at, page := b.walks(token, one.action)
				if at == "" {
					t.Fatal("nothing leads to what is to be decided")
				}
				if !strings.Contains(page, reads) {
					t.Errorf("no %q in what is decided:\n%s", reads, page)
				}
				for _, not := range one.hidden {
					if strings.Contains(page, not) {
						t.Errorf("%q is shown to who only decides\n%s", not, page)
					}
				}
				form := url.Values{}
				if one.form != nil {
					form = one.form(page)
				}
				code, answer := b.post(token, at, form)
				if code != http.StatusSeeOther && code != http.StatusOK {
					t.Fatalf("%s: %d\n%s", at, code, answer)
				}
				if again, _ := b.walks(token, one.action); again == at {
					t.Error("it waits still")
				}
			})
		})
	}
	for _, may := range Permissions {
		decides := strings.HasPrefix(string(may), "decide_") || strings.HasPrefix(string(may), "approve_") || strings.HasPrefix(string(may), "accept_")
		known := slices.ContainsFunc(approving, func(a struct {
			may    Permission
			asked  func(b *bench) string
			action string
			form   func(page string) url.Values
			hidden []string
		}) bool {
			return a.may == may
		})
		if decides && !known && may != DecideTickets { // that one asks, on the ticket's page
			t.Errorf("%s decides something, and nobody has walked to it", may)
		}
	}
}

// walks follows every link from the first page, and returns where the form goes that ends so, with its page.
func (b *bench) walks(token, action string) (at, on string) {
	b.t.Helper()
	seen, todo := map[string]bool{}, []string{"/"}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || path == "/signin" || path == "/me/key" || strings.HasPrefix(path, "/static/") {
			continue
		}
		seen[path] = true
		code, page := b.get(token, path)
		if code != http.StatusOK && path != "/favicon.ico" {
			b.t.Errorf("a link leads to %s: %d", path, code)
		}
		for _, found := range actionIn.FindAllStringSubmatch(page, -1) {
			if strings.HasSuffix(found[1], action) && at == "" {
				at, on = found[1], page
			}
		}
		for _, found := range linkIn.FindAllStringSubmatch(page, -1) {
			todo = append(todo, found[1])
		}
	}
	return at, on
}

// What was decided by others is not shown to who only decides.
func TestWhoOnlyDecidesSeesNoMoreThanWhatWaits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.banks()
		ctx := context.Background()
		s := b.pages.Settler
		end := func(number, why string, debt bool) string {
			b.now = b.now.Add(time.Second)
			if debt {
				b.owed(number)
				d := settle.DebtAsk{List: []settle.TicketNumber{{Number: number}}, Resolution: "2026-9", Why: why, By: "asker"}
				looked, err := b.pages.books().LookDebts(ctx, d)
				d.Digest = looked.Digest
				a, err2 := b.pages.books().AskWriteOff(ctx, d)
				b.asked(errors.Join(err, err2), "")
				return a.ID
			}
			d, err := s.EndTicket(ctx, b.owed(number), ticket.Withdrawn, why, "asker", true)
			b.asked(err, "")
			return d.Ask
		}
		end("SJ1", "waits for approval", false)
		debt := end("SJ2", "a debt that waits", true)
		over := end("SJ3", "refused by another", false)
		if _, err := s.DecideAsk(ctx, over, false, "another", true); err != nil {
			t.Fatal(err)
		}
		b.pages.roles["ends"], b.pages.roles["debts"] = []Permission{ApproveTickets}, []Permission{DecideWriteOffs}
		b.person("eve", "ends")
		b.person("deb", "debts")
		eve, deb := b.session("eve"), b.session("deb")
		for _, c := range []struct {
			token, path string
			code        int
			shows, not  string
		}{
			{eve, "/decisions", http.StatusOK, "waits for approval", "a debt that waits"},
			{eve, "/decisions", http.StatusOK, "waits for approval", "refused by another"},
			{deb, "/decisions", http.StatusOK, "a debt that waits", "waits for approval"},
			{deb, "/finance/write-offs", http.StatusOK, "a debt that waits", "waits for approval"},
			{eve, "/decisions/" + debt, http.StatusNotFound, "", "a debt that waits"},
			{eve, "/decisions/" + over, http.StatusNotFound, "", "refused by another"},
			{eve, "/work/corrections", http.StatusForbidden, "", ""},
			{eve, "/refunds", http.StatusForbidden, "", ""},
			{eve, "/people", http.StatusForbidden, "", ""},
			{deb, "/queue", http.StatusForbidden, "", ""},
		} {
			code, page := b.get(c.token, c.path)
			b.wants(code, page, c.code, c.shows)
			if c.not != "" && strings.Contains(page, c.not) {
				t.Errorf("%s shows %q", c.path, c.not)
			}
		}
		b.pages.roles["corrects"] = []Permission{DecideCorrections}
		b.person("cor", "corrects")
		for path, want := range map[string]int{"/work/corrections": http.StatusOK, "/work/byhand": http.StatusForbidden, "/work/cheques": http.StatusForbidden, "/work/none": http.StatusForbidden} {
			code, page := b.get(b.session("cor"), path)
			b.wants(code, page, want)
		}
	})
}
