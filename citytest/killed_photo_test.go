package citytest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fundy/fault"
)

// A photograph is brought, covered, released, taken back and erased while the office dies at each step; another one grows
// old, and is erased by its age. Who was not answered does the same again, and it stands once.
func TestAnOfficeKilledOnTheWayOfAPhotograph(t *testing.T) {
	t.Parallel()
	killedWalk(t, fault.PhotoSteps, nil, func(w *killing) []deed {
		list := "/tickets/" + w.id(0) + "/photos"
		the := func() string { return "/photos/" + w.one("select id from ticket_photo where n = 1") }
		const aged = "select count(*) from ticket_photo_event where act = 'aged'"
		brings := func(w *killing, at string) error {
			if w.form == nil {
				if err := w.anne.Open(w.ctx, at); err != nil {
					return err
				}
				form, err := w.anne.Form(at)
				do(w.t, err)
				w.form = form
			}
			err := w.anne.Upload(w.ctx, at, w.form, "IMG_1.jpg", photo(w.t))
			if w.read = w.anne.Page; err == nil && w.anne.Status >= 500 {
				err = errors.New(w.read)
			}
			return err
		}
		w.after = func() {
			w.t.Helper()
			for act, n := range map[string]int{"added": 2, "released": 1, "taken_back": 1, "erased": 1, "aged": 1} {
				if got := w.counts(`select count(*) from leaf where kind = 'ticket_photo' and opening like '%"act":"` + act + `"%'`); got != n {
					w.t.Errorf("%d leaves say %s, want %d", got, act, n)
				}
			}
			leaf := w.one(`select opening from leaf where kind = 'ticket_photo' and opening like '%"act":"aged"%'`)
			if !strings.Contains(leaf, `"who":""`) || !strings.Contains(leaf, w.id(1)) || strings.Contains(leaf, "anne") {
				w.t.Errorf("the leaf of an erasing by age: %s", leaf)
			}
			if n := w.counts("select count(*) from ticket_photo where length(sealed) > 0 or length(copy_sealed) > 0"); n != 0 {
				w.t.Errorf("%d photographs are still there", n)
			}
		}
		return []deed{
			{step: fault.AddPhoto, made: "select count(*) from ticket_photo", says: "Photograph 1", do: func(w *killing) error { return brings(w, list) }},
			{step: fault.CoverPhoto, made: "select count(*) from ticket_photo where covers <> '[]'", says: "This photograph was changed since the page was shown", do: func(w *killing) error {
				if w.form == nil { // its form is on the page that opens it
					if err := w.presses(w.ben, the(), the()+"/open"); err != nil {
						return err
					}
					form, err := w.ben.Form(the() + "/cover#picture")
					do(w.t, err)
					for field, typed := range map[string]string{"left": "10", "top": "10", "right": "50", "bottom": "50"} {
						form.Set(field, typed)
					}
					w.form = form
				}
				return w.presses(w.ben, the(), the()+"/cover")
			}},
			{step: fault.ReleasePhoto, made: "select count(*) from ticket_photo where state = 'released'", says: "This photograph was changed since the page was shown", do: func(w *killing) error {
				if w.form == nil {
					if err := w.presses(w.ben, the(), the()+"/open"); err != nil {
						return err
					}
					form, err := w.ben.Form(the() + "/release")
					do(w.t, err)
					form.Set("looked", "1")
					form.Set("reason", "asked for at the counter")
					w.form = form
				}
				return w.presses(w.ben, the(), the()+"/release")
			}},
			{step: fault.TakeBackPhoto, made: "select count(*) from ticket_photo where state = 'kept'", says: "as it stands now", do: func(w *killing) error {
				return w.presses(w.ben, the(), the()+"/back", "reason", "a face in the mirror")
			}},
			{step: fault.ErasePhoto, made: "select count(*) from ticket_photo where state = 'erased'", says: "as it stands now", do: func(w *killing) error {
				return w.presses(w.ben, the(), the()+"/erase", "reason", "of another ticket")
			}},
			{step: fault.AgePhoto, itself: true, made: aged, ready: func(w *killing) {
				w.form = nil
				do(w.t, brings(w, "/tickets/"+w.id(1)+"/photos"))
				do(w.t, w.Counter(w.ctx, 1, false))
				w.form = nil
				w.moves(time.Duration(w.Settings.Photo.KeepDays+1) * 24 * time.Hour)
			}, do: func(w *killing) error { return w.alone(aged) }},
		}
	})
}
