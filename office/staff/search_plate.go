package staff

import (
	"context"
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fundy/city"
	"fundy/store"
	"fundy/ticket"
)

// findPlate finds the tickets of a plate: exactly, in its province; else those that look like it, anywhere; with one
// unknown character those that it can be.
func (p *Pages) findPlate(ctx context.Context, tx *store.Tx, page *searchPage, typed string) error {
	if strings.Contains(typed, ticket.Unknown) {
		skeletons, err := ticket.PlatesOf(typed)
		if err != nil {
			return err
		}
		return p.platesLike(ctx, tx, page, "find.near.unknown", skeletons)
	}
	plate, err := ticket.ParsePlate(typed)
	if err != nil {
		return err
	}
	page.Found, err = tx.TicketsByPlate(ctx, p.Index.Plate(p.city.ID, plate.Canonical, page.Province), foundMost)
	if err != nil || len(page.Found) > 0 {
		return err
	}
	return p.platesLike(ctx, tx, page, "find.near.plate", []string{plate.Skeleton})
}

// findMisheard finds the tickets of the plates that are near one of which there is none.
func (p *Pages) findMisheard(ctx context.Context, tx *store.Tx, page *searchPage, typed string) error {
	if strings.Contains(typed, ticket.Unknown) {
		return nil // as near as it can be
	}
	plate, err := ticket.ParsePlate(typed)
	if err != nil {
		return err
	}
	return p.platesLike(ctx, tx, page, "find.near.misheard", ticket.PlatesNear(plate.Skeleton))
}

func (p *Pages) platesLike(ctx context.Context, tx *store.Tx, page *searchPage, near string, skeletons []string) error {
	like := make([][]byte, 0, len(skeletons))
	for _, s := range skeletons {
		like = append(like, p.Index.Skeleton(p.city.ID, s))
	}
	var err error
	page.Near = near
	if page.Found, err = tx.TicketsLikePlates(ctx, like, foundMost); len(page.Found) == 0 {
		page.Near = ""
	}
	return err
}

// findPlace finds the tickets of a day in a street: whoever has neither number nor plate knows at least those.
func (p *Pages) findPlace(ctx context.Context, tx *store.Tx, v *view, page *searchPage) error {
	day, err := city.ParseDate(page.Day)
	if err != nil {
		v.Problem = &problem{Field: "day", Key: "find.day.wrong"}
		return nil
	}
	street := plain(page.Street)
	if street == "" {
		v.Problem = &problem{Field: "street", Key: "find.street.missing"}
		return nil
	}
	all, err := tx.PlacesOfDay(ctx, day, dayMost)
	if err != nil {
		return err
	}
	var ids []ticket.ID
	for _, one := range all {
		if strings.Contains(plain(one.Place), street) && len(ids) < foundMost {
			ids = append(ids, one.ID)
		}
	}
	page.Found, err = tx.TicketsAmong(ctx, ids)
	return err
}

// plain is a text as it is compared: small letters and digits, without accents.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

// openPlates shows the plates of a page of tickets, once: one leaf names them all before the first is there.
func (p *Pages) openPlates(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &homePage{searchPage: searchPage{Province: p.city.Province, Searched: true}}
	var ids []ticket.ID
	for _, id := range r.PostForm["id"][:min(len(r.PostForm["id"]), foundMost)] {
		ids = append(ids, ticket.ID(cut(id, typedMost)))
	}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Found, err = tx.TicketsAmong(ctx, ids); err != nil {
			return err
		}
		return tx.ReadEventsAmong(ctx, page.Found)
	})
	if err != nil {
		return err
	}
	page.Due = p.dues(v, page.Found)
	if page.Plates, err = p.OpenPlates(r.Context(), v.Name(), page.Found); err != nil {
		return err
	}
	v.Data = page
	return p.show(w, v, http.StatusOK, "home")
}
