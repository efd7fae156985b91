package citytest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/money"
	"fundy/processor"
	"fundy/visitor"
)

// found wants a kind to be found at a place, in a part of it where one is named.
func found(t *testing.T, all []citytest.Finding, place, where string, kind citytest.Kind) {
	t.Helper()
	if !slices.ContainsFunc(all, func(f citytest.Finding) bool {
		return f.Place == place && strings.Contains(f.Where, where) && f.Kind == kind
	}) {
		t.Errorf("the tripwire did not find the %s %s (%s); it found %d things", kind, place, where, len(all))
	}
}

// A payment with all that a payer can type: the tripwire hears every place, sees in the processor's answers
// what they hold in life, and finds nothing. The city's end checks the last.
func TestTheTripwireHearsAPayment(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Add(citytest.Spec{Number: "M1", Plate: "MMM 987", Offence: "NOPARK", Age: 1})
		v := toCardPage(c, "en", citytest.ReceiptAddress, [2]string{"M1", "MMM 987"})
		typeCard(v, good)
		want(t, text(t, v), "Paid in full")
		for _, f := range c.Findings() {
			t.Error(f)
		}
		for _, place := range []string{
			citytest.PlaceEntered, citytest.PlaceWire, citytest.PlaceAsked, citytest.PlaceDeskIn, citytest.PlaceDeskOut, citytest.PlacePortalIn,
			citytest.PlacePortalOut, citytest.PlaceStore,
		} {
			if c.Heard(place) < 500 {
				t.Errorf("%s: %d bytes were heard", place, c.Heard(place))
			}
		}
		if !c.Saw(citytest.PlaceWire, citytest.Payer) || !c.Saw(citytest.PlacePortalIn, citytest.Receipt) {
			t.Error("what the payer typed was not seen where it does pass")
		}
	})
}

// One canary is planted in each place, the way bytes come there in life.
func TestTheTripwireFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		c.Disarm()
		ctx, now := context.Background(), time.Now()
		// The processor echoes our reference, which the strict reading lets past.
		_, err := c.Adapter.CreateSession(ctx, processor.CreateSession{
			Attempt: citytest.PayerEmail, City: "exp_month", Amount: money.FromMinor(100), Currency: "cad", ItemName: "x", Locale: "en",
			Description: "exp_year", ExpiresAt: now.Add(time.Hour), SuccessURL: "http://localhost/s", CancelURL: "http://localhost/c",
		}, "fundy/plant/1")
		if err != nil {
			t.Fatal(err)
		}
		// What was typed comes back on the page, which is compressed.
		v := &visitor.Visitor{}
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": citytest.PayerName, "plate": citytest.ReceiptAddress})
		text(t, v)
		if _, err = desk.Dial(c.Socket).FindTicket(ctx, &deskpb.FindTicketRequest{Number: "4000-0025-0000-3155", Plate: "QQQ 999"}); err != nil {
			t.Fatal(err)
		}
		event(t, c, []byte(`{"object":{"exp_month":11,"exp_year":2097},"name":"`+base64.StdEncoding.EncodeToString([]byte("x"+citytest.PayerName))+`"}`))
		slog.New(slog.NewTextHandler(c.Log, nil)).Info("planted", "postal", citytest.PayerPostal, "url", url.QueryEscape(citytest.ReceiptAddress), "plate", "QQQ999")
		c.Add(citytest.Spec{Number: "PL-1", Plate: "QQQ 999", Offence: "NOPARK", Age: 1, Place: "5555555555554444"})
		c.Add(citytest.Spec{Number: "QQQ 999", Offence: "NOPARK", Age: 2})
		v.Open(ctx, c.Portal.URL+"/pay")
		v.Send(ctx, "find", "/pay/find", map[string]string{"number": "PL-1", "plate": "QQQ 999"})
		want(t, text(t, v), "5555555555554444")

		all := c.Findings()
		found(t, all, citytest.PlaceAsked, "/v1/checkout/sessions", citytest.Payer)
		found(t, all, citytest.PlaceAsked, "/v1/checkout/sessions", citytest.Date)
		found(t, all, citytest.PlaceWire, "answer 200", citytest.Date)
		found(t, all, citytest.PlaceEntered, "/v1/checkout/sessions", citytest.Payer)
		found(t, all, citytest.PlaceEntered, "/v1/checkout/sessions", citytest.Date)
		found(t, all, citytest.PlaceDeskIn, "/FindTicket", citytest.Payer)
		found(t, all, citytest.PlaceDeskIn, "/FindTicket", citytest.Receipt)
		found(t, all, citytest.PlaceDeskIn, "/FindTicket", citytest.Card)
		found(t, all, citytest.PlaceDeskIn, "/ProcessorEvent", citytest.Date)
		found(t, all, citytest.PlacePortalIn, "/pay/find", citytest.Receipt)
		found(t, all, citytest.PlacePortalIn, "/processor/stripe", citytest.Date)
		found(t, all, citytest.PlacePortalIn, "/processor/stripe", citytest.Payer)
		found(t, all, citytest.PlaceDeskOut, "answer 200", citytest.Card)
		found(t, all, citytest.PlacePortalOut, "to POST", citytest.Payer)
		found(t, all, citytest.PlaceLog, "", citytest.Payer)
		found(t, all, citytest.PlaceLog, "", citytest.Receipt)
		found(t, all, citytest.PlaceLog, "", citytest.Plate)
		found(t, all, citytest.PlaceStore, "", citytest.Card)
		found(t, all, citytest.PlaceStore, "", citytest.Plate)
	})
}

// event posts a body to the portal, as the processor would.
func event(t *testing.T, c *citytest.City, body []byte) {
	t.Helper()
	res, err := http.Post(c.Portal.URL+"/processor/stripe", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

// A value that the tripwire does not look for is a finding by itself.
func TestTheTripwireWantsItsOwnCanaries(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Disarm()
	c.Add(citytest.Spec{Number: "P1", Plate: "PPP 111", Offence: "NOPARK", Age: 1})
	v := toCardPage(c, "en", "somebody@else.example", [2]string{"P1", "PPP 111"})
	v.Send(context.Background(), "card", "/c/pay/", map[string]string{"number": good, "expiry": citytest.Expiry, "cvc": "123"})
	text(t, v)
	var typed, address bool
	for _, f := range c.Findings() {
		typed = typed || f.Place == "card page"
		address = address || f.Kind == citytest.Receipt && f.Place == citytest.PlacePortalIn
	}
	if !typed || !address {
		t.Errorf("other values than canaries: on the card page found %v, on the confirm page %v", typed, address)
	}
}

// Every form of every canary is found, whatever the pieces that a stream comes in, and so is one in a file.
func TestEveryFormIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for kind, plant := range map[citytest.Kind]string{
		citytest.Card: "4242424242424242", citytest.Date: `{"exp_year":2097}`, citytest.Code: `{"cvc":"7391"}`, citytest.Payer: citytest.PayerName,
		citytest.Receipt: citytest.ReceiptAddress, citytest.Plate: "RST 123",
	} {
		for form, text := range map[string]string{
			"plain": plant, "upper": upper(plant), "between": strings.Repeat("4", 70_000) + plant + "x",
			"base64": base64.StdEncoding.EncodeToString([]byte("ab" + plant + "c")), "url": url.QueryEscape(plant),
		} {
			if kind == citytest.Code && (form == "base64" || form == "url") {
				continue // three digits are found beside their name only
			}
			write("f", text)
			write("sandbox.json", citytest.PayerPostal)
			all, files, err := citytest.SearchFolder(dir, []string{"RST 123"}, "", "sandbox.json")
			if err != nil || files != 1 {
				t.Fatalf("%d files: %v", files, err)
			}
			found(t, all, citytest.PlaceStore, "/f", kind)
			if slices.ContainsFunc(all, func(f citytest.Finding) bool { return strings.Contains(f.Where, "sandbox") }) {
				t.Error("another party's file was read")
			}
		}
	}
	write("f", "nothing")
	all, _, err := citytest.SearchFolder(dir, []string{"RST 123"}, "printed "+citytest.PayerEmail)
	if err != nil {
		t.Fatal(err)
	}
	found(t, all, citytest.PlaceLog, "printed", citytest.Payer)
}

// upper changes ASCII letters only: no form of writing an é changes into an É.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
