package citytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/store"
	"fundy/ticket"
	"fundy/visitor"
)

// paths of the pages by language, as the portal has them.
var paths = map[string][4]string{
	"en": {"/pay", "/pay/find", "/pay/confirm", "/pay/start"},
	"fr": {"/payer", "/payer/trouver", "/payer/confirmer", "/payer/commencer"},
}

const good = citytest.CardNumber

// toCardPage takes a visitor from the first page to the card page.
func toCardPage(c *citytest.City, lang, email string, tickets ...[2]string) *visitor.Visitor {
	return walk(&visitor.Visitor{}, c, lang, email, tickets...)
}

func walk(v *visitor.Visitor, c *citytest.City, lang, email string, tickets ...[2]string) *visitor.Visitor {
	ctx, p := context.Background(), paths[lang]
	for _, t := range tickets {
		v.Open(ctx, c.Portal.URL+p[0])
		v.Send(ctx, "find", p[1], map[string]string{"number": t[0], "plate": t[1]})
	}
	v.Open(ctx, c.Portal.URL+p[2])
	v.Send(ctx, "confirm", p[3], map[string]string{"email": email})
	return v
}

func typeCard(v *visitor.Visitor, number string) {
	citytest.TypeCard(context.Background(), v, number)
}

func text(t *testing.T, v *visitor.Visitor) string {
	t.Helper()
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	return strings.ReplaceAll(v.Text(), "\u00a0", " ")
}

func want(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q:\n%s", w, page)
		}
	}
}

// The receipt states what the Local Governance Act, s. 159(3), wants: the person alleged to have
// contravened, the amount, the day of payment, the contravention.
func TestATicketIsPaidAndTheReceiptStatesWhatTheLawWants(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "FH-0012345", Plate: "ABC 1O3", Offence: "NOPARK", Age: 20})
		c.Add(citytest.Spec{Number: "FH-0012346", Plate: "XYZ 222", Offence: "ACCESSIBLE", Age: 3})
		v := toCardPage(c, "fr", "", [2]string{"fh 0012345", "abc-103"})
		want(t, text(t, v), "Cartes d’essai", "40,00 $")
		typeCard(v, "4000 0000 0000 0002")
		want(t, text(t, v), "Aucun montant n’a été prélevé")
		typeCard(v, good)
		page := text(t, v)
		day := regexp.MustCompile(`\d{1,2}(er)? (janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre) 20\d\d`)
		want(t, page, "Propriétaire immatriculé de NB ABC 1O3", "Payé en entier : 40,00 $", "Pénalité administrative", "65,00 $", "rabais pour paiement hâtif", "art. 20(3)", "art. 20(2)",
			"−25,00 $", "Stationnement à un endroit interdit", "Arrêté de démonstration no 1, article 6(1)", "Havre-de-Fundy", "506-555-0142", "FH-0012345", "Carte")
		if !day.MatchString(page) {
			t.Errorf("the receipt has no day:\n%s", page)
		}
		if strings.Contains(page, "COPIE") {
			t.Error("the first showing says that it is a copy")
		}
		v.Open(context.Background(), v.At)
		want(t, text(t, v), "COPIE – ")

		v = toCardPage(c, "en", "", [2]string{"FH-0012346", "XYZ 222"})
		typeCard(v, good)
		want(t, text(t, v), "Registered owner of NB XYZ 222", "Paid in full: $125.00", "Parking in an accessible space without a permit", "Demonstration By-law 1, section 10(1)")
		if check := c.CheckLedger(); check.Captured != 16500 || check.PaidTickets != 2 {
			t.Errorf("captured %d of %d tickets, want 16500 of 2", check.Captured, check.PaidTickets)
		}

		found := &visitor.Visitor{}
		found.Open(context.Background(), c.Portal.URL+"/pay")
		found.Send(context.Background(), "find", "/pay/find", map[string]string{"number": "FH-0012345", "plate": "ABC103"})
		want(t, text(t, found), "This ticket is paid")
		found.Open(context.Background(), c.Portal.URL+"/pay/receipt?n=0")
		want(t, text(t, found), "COPY", "Registered owner of NB ABC 1O3", "$40.00")
	})
}

func TestSeveralTicketsArePaidTogether(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "A1", Plate: "AAA 111", Offence: "METER", Age: 1})
	c.Add(citytest.Spec{Number: "A2", Plate: "AAA 111", Offence: "BUSZONE", Age: 40})
	v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"A1", "AAA 111"}, [2]string{"A2", "AAA111"})
	want(t, text(t, v), "$130.00")
	typeCard(v, good)
	want(t, text(t, v), "Paid in full: $130.00", "$30.00", "$100.00")
	if check := c.CheckLedger(); check.Captured != 13000 || check.PaidTickets != 2 {
		t.Errorf("captured %d, %d tickets", check.Captured, check.PaidTickets)
	}
}

// Two people authorise the same ticket: one is captured, the other released, and its payer reads why.
func TestTwoPayersOfOneTicketAreChargedOnce(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "B1", Plate: "BBB 111", Offence: "NOPARK", Age: 1})
		const payers = 4
		var visitors [payers]*visitor.Visitor
		for i := range visitors {
			visitors[i] = toCardPage(c, "en", "", [2]string{"B1", "BBB 111"})
		}
		var wg sync.WaitGroup
		for _, v := range visitors {
			wg.Add(1)
			go func() { defer wg.Done(); typeCard(v, good) }()
		}
		wg.Wait()
		paid, released := 0, 0
		for _, v := range visitors {
			for range 20 {
				if !strings.Contains(text(t, v), "is being confirmed") {
					break
				}
				v.Open(context.Background(), v.At)
			}
			switch page := text(t, v); {
			case strings.Contains(page, "Paid in full"):
				paid++
			case strings.Contains(page, "You were not charged") && strings.Contains(page, "Ticket B1 had just been paid"):
				released++
			default:
				t.Errorf("neither paid nor released:\n%s", page)
			}
		}
		if paid != 1 || released != payers-1 {
			t.Errorf("%d paid, %d released; want 1 and %d", paid, released, payers-1)
		}
		if check := c.CheckLedger(); check.Captured != 3000 {
			t.Errorf("captured %d, want 3000", check.Captured)
		}
	})
}

// A ticket that was withdrawn while its payer typed his card is not captured.
func TestATicketThatChangedWhileItWasPaidIsReleased(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		id := c.Add(citytest.Spec{Number: "C1", Plate: "CCC 111", Offence: "NOPARK", Age: 1})
		v := toCardPage(c, "en", "", [2]string{"C1", "CCC 111"})
		err := c.Store.Write(context.Background(), fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			return tx.MoveTicket(ctx, id, 1, ticket.Withdrawn, time.Now(), "test")
		})
		if err != nil {
			t.Fatal(err)
		}
		typeCard(v, good)
		want(t, text(t, v), "You were not charged", "Ticket C1 can’t be paid here any more")
		if check := c.CheckLedger(); check.Captured != 0 {
			t.Errorf("captured %d", check.Captured)
		}
	})
}

// While a shown quote holds, exactly its amount is frozen, across midnight and across a deadline;
// after that nothing starts, and the page shows the new price and why.
func TestAShownPriceHoldsThirtyMinutesAcrossMidnight(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{29 * time.Minute, 31 * time.Minute} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			zone := c.Settings.City().Zone
			c.Add(citytest.Spec{Number: "D1", Plate: "DDD 111", Offence: "NOPARK", Age: 15})
			y, m, d := time.Now().In(zone).Date()
			c.SetNow(time.Date(y, m, d, 23, 50, 0, 0, zone)) // the last minutes of day 15
			ctx, v := context.Background(), &visitor.Visitor{}
			v.Open(ctx, c.Portal.URL+"/pay")
			v.Send(ctx, "find", "/pay/find", map[string]string{"number": "D1", "plate": "DDD 111"})
			want(t, text(t, v), "$30.00")
			v.Open(ctx, c.Portal.URL+"/pay/confirm")
			c.SetNow(c.Now().Add(late))
			v.Send(ctx, "confirm", "/pay/start", nil)
			if late > 30*time.Minute {
				want(t, text(t, v), "has changed since this page was shown", "$40.00")
				return
			}
			want(t, text(t, v), "Test cards", "$30.00")
			typeCard(v, good)
			want(t, text(t, v), "Paid in full: $30.00")
			if check := c.CheckLedger(); check.Captured != 3000 {
				t.Errorf("captured %d", check.Captured)
			}
		})
	}
}

func TestAbsentAndMismatchedAreTheSamePage(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "E1", Plate: "EEE 111", Offence: "NOPARK", Age: 1})
	pages := map[string]string{}
	for name, typed := range map[string][2]string{"absent": {"E9", "EEE 111"}, "mismatched": {"E1", "EEE 112"}} {
		ctx, v := context.Background(), &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": typed[0], "plate": typed[1]})
		slip := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)
		if v.Status != http.StatusUnprocessableEntity || !slip.MatchString(text(t, v)) {
			t.Errorf("%s: %d, with a slip: %v", name, v.Status, slip.MatchString(text(t, v)))
		}
		pages[name] = slip.ReplaceAllString(text(t, v), "SLIP")
	}
	if pages["absent"] != pages["mismatched"] {
		t.Errorf("absent:\n%s\nmismatched:\n%s", pages["absent"], pages["mismatched"])
	}
}

// The days between a slip and the ticket's arrival do not count.
func TestASlipStopsTheClockForItsTicketOnly(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	ctx, start := context.Background(), time.Now()
	c.SetNow(start.AddDate(0, 0, -14))
	find := func(number, plate, slip string) string {
		v := &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": number, "plate": plate, "slip": slip})
		return text(t, v)
	}
	slip := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`).FindString(find("F1", "FFF 111", ""))
	c.SetNow(start.AddDate(0, 0, -4))
	c.Add(citytest.Spec{Number: "F1", Plate: "FFF 111", Offence: "NOPARK", Age: 12})
	c.Add(citytest.Spec{Number: "F2", Plate: "FFF 111", Offence: "NOPARK", Age: 12})
	c.SetNow(start.AddDate(0, 0, 6))
	want(t, find("F1", "FFF 111", ""), "To pay today", "$40.00")
	want(t, find("F1", "FFF 111", strings.ToLower(slip)), "$30.00", "Your slip counts", "s. 21(1)")
	want(t, find("F2", "FFF 111", slip), "not for this ticket number and plate")
}

func TestEachStateSaysWhetherAndWhere(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	for state, words := range map[ticket.State][2]string{
		ticket.Court: {"before the court", "Provincial Court"}, ticket.Hold: {"on hold", "506-555-0142"}, ticket.Withdrawn: {"withdrawn", "nothing to pay"},
		ticket.Void: {"never valid", "nothing to pay"}, ticket.WrittenOff: {"can’t be paid here any more", "City hall"}, ticket.Confirming: {"being confirmed", "don’t pay a second time"},
	} {
		number := "G-" + strings.ToUpper(strings.ReplaceAll(string(state), "_", ""))
		c.Add(citytest.Spec{Number: number, Plate: "GGG 111", Offence: "NOPARK", Age: 2, State: state})
		ctx, v := context.Background(), &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": number, "plate": "GGG 111"})
		want(t, text(t, v), words[0], words[1])
	}
}

// A ticket under review is paid only with its box ticked.
func TestAReviewNeedsItsBox(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Add(citytest.Spec{Number: "H1", Plate: "HHH 111", Offence: "NOPARK", Age: 2, State: ticket.Review})
	v := toCardPage(c, "en", "", [2]string{"H1", "HHH 111"})
	want(t, text(t, v), "Tick the box", "deemed to have contravened the by-law")
	v.Send(context.Background(), "confirm", "/pay/start", map[string]string{"box": "1"})
	typeCard(v, good)
	want(t, text(t, v), "Paid in full")
}

// Events may be lost, doubled or badly signed: the return page alone is enough, and so is the sweeper.
func TestLostEventsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"off", "duplicate", "bad_signature", "old_timestamp", "other_api_version"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c := citytest.SQLite(t)
			control(t, c, "webhooks", map[string]any{"mode": mode})
			c.Add(citytest.Spec{Number: "I1", Plate: "JJJ 111", Offence: "NOPARK", Age: 1})
			v := toCardPage(c, "en", "", [2]string{"I1", "JJJ 111"})
			typeCard(v, good)
			want(t, text(t, v), "Paid in full")
			if check := c.CheckLedger(); check.Captured != 3000 {
				t.Errorf("captured %d", check.Captured)
			}
		})
	}
}

// Every fault of the processor's answers to each of the calls ends with the ticket paid once.
func TestFaultsOfTheProcessorEndWithTheTicketPaidOnce(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"^/v1/checkout/sessions$", "/capture$"} {
		for _, kind := range []string{"drop_after_commit", "409", "429", "html_502"} {
			t.Run(path+" "+kind, func(t *testing.T) {
				t.Parallel()
				c := citytest.SQLite(t)
				control(t, c, "faults", map[string]any{"kind": kind, "match": map[string]any{"method": "POST", "path": path, "nth": 1}})
				c.Add(citytest.Spec{Number: "K1", Plate: "KKK 111", Offence: "NOPARK", Age: 1})
				v := toCardPage(c, "en", "", [2]string{"K1", "KKK 111"})
				for range 4 {
					if page := text(t, v); !strings.Contains(page, "being confirmed") && !strings.Contains(page, "not paid yet") {
						break
					}
					v.Open(context.Background(), v.At)
					for n := range v.Page.Descendants() {
						for _, a := range n.Attr {
							if a.Key == "href" && strings.HasPrefix(a.Val, c.Sandbox.URL+"/c/pay/") {
								v.Open(context.Background(), a.Val)
							}
						}
					}
				}
				typeCard(v, good)
				for range 4 {
					if strings.Contains(text(t, v), "Paid in full") {
						break
					}
					v.Open(context.Background(), v.At)
				}
				want(t, text(t, v), "Paid in full: $30.00")
				if check := c.CheckLedger(); check.Captured != 3000 {
					t.Errorf("captured %d", check.Captured)
				}
			})
		}
	}
}

// The same request id twice is one payment.
func TestADoubleClickIsOnePayment(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "NOPARK", Age: 1})
		ctx, v := context.Background(), &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": "L1", "plate": "LLL 111"})
		v.Open(ctx, c.Portal.URL+"/pay/confirm")
		twin := *v
		v.Send(ctx, "confirm", "/pay/start", nil)
		twin.Send(ctx, "confirm", "/pay/start", nil)
		if text(t, v); v.At != twin.At {
			t.Errorf("two card pages: %s and %s", v.At, twin.At)
		}
	})
}

// The same, at the same moment, on the last open attempt that a ticket may have: it is no attempt too many.
func TestADoubleClickAtOnceIsOnePayment(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		id := c.Add(citytest.Spec{Number: "L1", Plate: "LLL 111", Offence: "NOPARK", Age: 1})
		ctx := context.Background()
		at := func() *visitor.Visitor {
			v := &visitor.Visitor{}
			v.Open(ctx, c.Portal.URL+"/pay")
			v.Send(ctx, "find", "/pay/find", map[string]string{"number": "L1", "plate": "LLL 111"})
			v.Open(ctx, c.Portal.URL+"/pay/confirm")
			return v
		}
		for range c.Settings.Payment.AttemptsPerTicket - 1 {
			at().Send(ctx, "confirm", "/pay/start", nil)
		}
		v := at()
		twin := *v
		var both sync.WaitGroup
		err := c.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.LockTickets(ctx, []ticket.ID{id})
			both.Go(func() { v.Send(context.Background(), "confirm", "/pay/start", nil) })
			both.Go(func() { twin.Send(context.Background(), "confirm", "/pay/start", nil) })
			time.Sleep(time.Second / 2) // both wait for the ticket by now, where they can
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		both.Wait()
		// One is at the card page; the other there too, or where the same payment's outcome is waited for.
		if strings.HasSuffix(v.At, "/pay/start") || strings.HasSuffix(twin.At, "/pay/start") {
			t.Errorf("refused: %s and %s", v.At, twin.At)
		}
		if n, err := c.Count(ctx, "select count(*) from payment"); err != nil || n != c.Settings.Payment.AttemptsPerTicket {
			t.Errorf("%d payments, %v", n, err)
		}
	})
}

func control(t *testing.T, c *citytest.City, path string, in any) {
	t.Helper()
	body, _ := json.Marshal(in)
	r, _ := http.NewRequest(http.MethodPost, c.Sandbox.URL+"/_sandbox/"+path, bytes.NewReader(body))
	r.Header.Set("X-Sandbox-Token", c.Control)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, res.StatusCode)
	}
}
