package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"fundy/desk/deskpb"
)

// said is a page as it is shown, in one language, to a visit that holds the tickets of these tokens.
func said(t *testing.T, lang, page string, data any, tokens ...string) string {
	t.Helper()
	return saidWith(t, lang, page, data, nil, tokens...)
}

// saidWith is said, with what is wrong.
func saidWith(t *testing.T, lang, page string, data any, wrong *problem, tokens ...string) string {
	t.Helper()
	p, _ := open(t)
	v := p.newView(httptest.NewRequest(http.MethodGet, "/", nil), lang)
	if v.err != nil {
		t.Fatal(v.err)
	}
	v.City.Regime = "nb-lga"
	v.Data, v.visit.Tokens, v.Problem = data, tokens, wrong
	w := httptest.NewRecorder()
	if err := p.show(w, v, http.StatusOK, page); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

// The law is named in the page's language, wherever a ticket can't be paid.
func TestTheLawIsNamedInThePagesLanguage(t *testing.T) {
	t.Parallel()
	data := &ticketsPage{Tickets: []*deskpb.Ticket{{Number: "1", Standing: &deskpb.Standing{Reason: "nothing_to_pay", Section: "156"}}}}
	for lang, want := range map[string]string{"en": "Local Governance Act, SNB 2017, c. 18, s. 156<", "fr": "Loi sur la gouvernance locale, LN-B 2017, ch.\u00a018, art.\u00a0156<"} {
		page := said(t, lang, "tickets", data)
		if !strings.Contains(page, want) || lang == "fr" && strings.Contains(page, "Act,") {
			t.Errorf("%s: no %q in\n%s", lang, want, page)
		}
	}
}

// "You can pay the rest" is said only where there is a rest.
func TestARestIsOfferedOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	for _, numbers := range [][]string{{"1"}, {"1", "2"}} {
		page := said(t, "en", "outcome", &outcomePage{Key: "released", Reason: "paid_elsewhere", Blocked: "1", Numbers: numbers})
		if !strings.Contains(page, "Ticket 1 had just been paid by another payment.") || strings.Contains(page, "pay the rest") != (len(numbers) > 1) {
			t.Errorf("%d tickets:\n%s", len(numbers), page)
		}
	}
}

// Who came back without paying and checks again is answered at once: nothing is under way to wait for.
func TestWhoCameBackWithoutPayingDoesNotWait(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{"cancelled": true, "open": false, "waiting": false} {
		page := said(t, "en", "outcome", &outcomePage{Key: key, Attempt: "abc"})
		if strings.Contains(page, `name="c" value="1"`) != want || !strings.Contains(page, `action="/r/abc"`) {
			t.Errorf("%s:\n%s", key, page)
		}
	}
}

// Who adds a ticket, and thinks better of it or has as many as may be paid at once, finds back.
func TestTheFirstPageLeadsBackToTheTicketsThatAreHeld(t *testing.T) {
	t.Parallel()
	for _, tokens := range [][]string{nil, {"a"}} {
		page := said(t, "fr", "find", &findPage{}, tokens...)
		if strings.Contains(page, `href="/payer/contraventions"`) != (len(tokens) > 0) {
			t.Errorf("%d tickets:\n%s", len(tokens), page)
		}
	}
}

func (awayDesk) WatchPayment(context.Context, *deskpb.WatchPaymentRequest) (*deskpb.WatchPaymentResponse, error) {
	return nil, connect.NewError(connect.CodeUnavailable, context.DeadlineExceeded)
}

// Who comes back from the card page while the desk is away is told not to pay again, and has a button
// to the same place.
func TestAPayerWhoFindsTheDeskAwayCanAskAgain(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	for _, path := range []string{"/r/abc", "/r/abc/receipt"} {
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		page := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(page, "don’t pay a second time") || !strings.Contains(page, `action="/r/abc"`) {
			t.Errorf("%s: %d\n%s", path, w.Code, page)
		}
	}
}

// The first page is in both languages, its help and its warnings too.
func TestTheFirstPageHelpsInBothLanguages(t *testing.T) {
	t.Parallel()
	p, _ := open(t)
	words := func(en, fr string) *deskpb.Words {
		return &deskpb.Words{ByLanguage: map[string]string{"en": en, "fr": fr}}
	}
	for _, lang := range []string{"en", "fr"} {
		v := p.newView(httptest.NewRequest(http.MethodGet, "/", nil), lang)
		v.City.Kind, v.City.Phone = "demo", "506-555-0142"
		v.City.Hours, v.City.Counter, v.City.Mail = words("Monday", "Lundi"), words("City hall", "Hôtel de ville"), words("A cheque", "Un chèque")
		w := httptest.NewRecorder()
		if err := p.show(w, v, http.StatusOK, "front"); err != nil {
			t.Fatal(err)
		}
		page := w.Body.String()
		for _, want := range []string{
			"Skip to main content", "Passer au contenu principal", "DEMONSTRATION.", "DÉMONSTRATION.", ">Help<", ">Aide<", "Telephone:", "Téléphone", "Monday", "Lundi",
			"In person: City hall", "Hôtel de ville", "By mail: A cheque", "Un chèque", `href="/message" lang="en"`, `href="/courriel" lang="fr"`,
		} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %q stands %d times in\n%s", lang, want, strings.Count(page, want), page)
			}
		}
	}
}
