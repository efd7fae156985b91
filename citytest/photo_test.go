package citytest_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"

	"fundy/city"
	"fundy/citytest"
	"fundy/desk"
	"fundy/desk/deskpb"
	"fundy/visitor"
)

// photographs are the addresses and the texts of the photographs of a visitor's page of tickets.
func photographs(v *visitor.Visitor, c *citytest.City, lang string) (addresses, texts []string) {
	v.Open(context.Background(), c.Portal.URL+map[string]string{"en": "/pay/tickets", "fr": "/payer/contraventions"}[lang])
	for n := range v.Page.Descendants() {
		if n.Data != "img" {
			continue
		}
		said := map[string]string{}
		for _, a := range n.Attr {
			said[a.Key] = a.Val
		}
		if strings.Contains(said["src"], "/photo?") {
			addresses, texts = append(addresses, said["src"]), append(texts, strings.ReplaceAll(said["alt"], "\u00a0", " "))
		}
	}
	return addresses, texts
}

// fetches asks for an address as a browser does for a picture.
func fetches(t *testing.T, c *citytest.City, address, cookie string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Portal.URL+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, b
}

// looksUpTicket is a visitor who has typed number and plate.
func looksUpTicket(c *citytest.City, lang, number, plate string) *visitor.Visitor {
	ctx, v := context.Background(), &visitor.Visitor{}
	v.Open(ctx, c.Portal.URL+paths[lang][0])
	v.Send(ctx, "find", paths[lang][1], map[string]string{"number": number, "plate": plate})
	return v
}

// A photograph is seen by who has typed number and plate, where the city's setting says so, and only while it is released.
// Its address tells nothing, and is good for nobody else.
func TestAPhotographIsSeenAsItIsReleased(t *testing.T) {
	t.Parallel()
	citytest.Both(t, func(t *testing.T, c *citytest.City) {
		id := c.Add(citytest.Spec{Number: "PH-1", Plate: "PHT 001", Offence: "LOADING", Age: 1})
		c.Add(citytest.Spec{Number: "PH-2", Plate: "PHT 002", Offence: "LOADING", Age: 1})
		day := city.DateOf(c.Now(), c.Settings.City().Zone).AddDays(-1)
		one, two := c.Photograph(id, day, photo(t)), c.Photograph(id, city.Date{}, photo(t))
		c.Photograph(id, day, photo(t)) // never released
		c.Release(two, 1, photo(t))
		v := looksUpTicket(c, "en", "PH-1", "PHT 001")
		if at, _ := photographs(v, c, "en"); len(at) != 0 {
			t.Fatalf("the setting is off, and there is %v", at)
		}
		c.Office.Settings.Photo.OnPortal = true
		c.Release(one, 1, photo(t))
		at, said := photographs(v, c, "en")
		if len(at) != 2 || !strings.HasPrefix(said[0], "Photograph 1 of 2 of the contravention, taken on ") || !strings.HasSuffix(said[0], fmt.Sprint(day.Year)) || said[1] != "Photograph 2 of 2 of the contravention" {
			t.Fatalf("%v %v", at, said)
		}
		for _, one := range at {
			if strings.Contains(one, "PH-1") || strings.Contains(one, "PHT") || strings.Contains(one, string(id)) {
				t.Errorf("an address tells %s", one)
			}
		}
		mine := v.Cookie(c.Portal.URL)
		res, body := fetches(t, c, at[0], mine)
		if img, err := jpeg.Decode(bytes.NewReader(body)); err != nil || img.Bounds().Dx() != 40 || res.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v", res.StatusCode, err)
		}
		for name, want := range map[string]string{"Content-Type": "image/jpeg", "Cache-Control": "no-store", "Content-Encoding": "", "Set-Cookie": "", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := c.Query("select count(*) from leaf where kind = 'opening' and opening like '%\"portal\"%' and opening like '%" + string(one) + "%'"); fmt.Sprint(got[0][0]) != "1" {
			t.Errorf("leaves: %v", got)
		}
		other := looksUpTicket(c, "en", "PH-2", "PHT 002").Cookie(c.Portal.URL)
		wrong := looksUpTicket(c, "en", "PH-1", "PHT 009").Cookie(c.Portal.URL)
		for name, ask := range map[string][2]string{
			"nobody": {at[0], ""}, "who has another ticket": {at[0], other}, "who has typed another plate": {at[0], wrong},
			"a third": {strings.TrimSuffix(at[0], "1") + "3", mine}, "none": {strings.TrimSuffix(at[0], "1") + "0", mine}, "words": {strings.TrimSuffix(at[0], "1") + "x", mine},
			"no ticket": {"/pay/photo?n=1", mine}, "another's": {"/pay/photo?t=AAAAAAAAAAA&n=1", mine},
		} {
			if res, body := fetches(t, c, ask[0], ask[1]); res.StatusCode != http.StatusNotFound || len(body) > 40 || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d, %d bytes", name, res.StatusCode, len(body))
			}
		}
		// In French, by the same visit.
		at, said = photographs(v, c, "fr")
		if len(at) != 2 || !strings.HasPrefix(said[0], "Photographie 1 de 2 de la contravention, prise le ") || !strings.HasPrefix(at[0], "/payer/photo?") {
			t.Fatalf("%v %v", at, said)
		}
		mine = v.Cookie(c.Portal.URL)
		if err := c.Office.Settler().TakeBackPhoto(t.Context(), one, "a face is seen", "olga"); err != nil {
			t.Fatal(err)
		}
		if res, _ := fetches(t, c, at[1], mine); res.StatusCode != http.StatusNotFound { // there is one left, and it is the first now
			t.Errorf("taken back: %d", res.StatusCode)
		}
		if at, said = photographs(v, c, "en"); len(at) != 1 || said[0] != "Photograph 1 of 1 of the contravention" {
			t.Errorf("%v %v", at, said)
		}
		if err := c.Office.Settler().ErasePhoto(t.Context(), two, "of another ticket", "olga"); err != nil {
			t.Fatal(err)
		}
		if res, _ := fetches(t, c, at[0], mine); res.StatusCode != http.StatusNotFound {
			t.Errorf("erased: %d", res.StatusCode)
		}
		for act, n := range map[string]string{"added": "3", "released": "2", "taken_back": "1", "erased": "1"} {
			if got := c.Query("select count(*) from leaf where kind = 'ticket_photo' and opening like '%\"act\":\"" + act + "\"%'"); fmt.Sprint(got[0][0]) != n {
				t.Errorf("leaves of %s: %v, want %s", act, got, n)
			}
		}
	})
}

// Who came by a one-time code has typed no plate, and is shown no photograph; nor is anybody once the setting is off again.
func TestACodeShowsNoPhotograph(t *testing.T) {
	t.Parallel()
	c := citytest.SQLite(t)
	c.Office.Settings.Photo.OnPortal = true
	id := c.Add(citytest.Spec{Number: "PH-1", Plate: "PHT 001", Offence: "LOADING", Age: 1})
	c.Release(c.Photograph(id, city.Date{}, photo(t)), 1, photo(t))
	called := typesCode(&visitor.Visitor{}, c, aCode(t, c, "PH-1"))
	want(t, text(t, called), "PH-1")
	if at, _ := photographs(called, c, "en"); len(at) != 0 {
		t.Errorf("a code shows %v", at)
	}
	// Nor a portal that asks for one with what the code has opened.
	office := desk.Dial(c.Socket)
	opened, err := office.OpenCode(t.Context(), &deskpb.OpenCodeRequest{Code: aCode(t, c, "PH-1")})
	if err != nil {
		t.Fatal(err)
	}
	quoted := opened.GetOpened().GetTickets()[0].GetQuote().GetToken()
	if got, err := office.ShowPhoto(t.Context(), &deskpb.ShowPhotoRequest{Token: quoted, Number: 1}); err != nil || quoted == "" || len(got.GetJpeg()) != 0 {
		t.Errorf("by a code: %d bytes, %v", len(got.GetJpeg()), err)
	}
	v := looksUpTicket(c, "en", "PH-1", "PHT 001")
	at, _ := photographs(v, c, "en")
	if len(at) != 1 {
		t.Fatalf("%v", at)
	}
	c.Office.Settings.Photo.OnPortal = false
	if res, _ := fetches(t, c, at[0], v.Cookie(c.Portal.URL)); res.StatusCode != http.StatusNotFound {
		t.Errorf("the setting is off: %d", res.StatusCode)
	}
	c.Office.Settings.Photo.OnPortal = true
	c.CloseDesk()
	if res, _ := fetches(t, c, at[0], v.Cookie(c.Portal.URL)); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the office is away: %d", res.StatusCode)
	}
}
