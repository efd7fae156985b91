package staff

import (
	"context"
	"errors"
	"net/http"

	"fundy/store"
)

// accessPage is who has what, to be confirmed or taken away person by person.
type accessPage struct {
	Access
	Rows []accessRow
	Left int // to be looked at
}

type accessRow struct {
	personRow
	May  []Permission
	Line store.AccessLine // what the review that is under way says; zero: nothing yet
	Mine bool
}

// Said says whether the review has said something of the person.
func (r accessRow) Said() bool { return r.Line.Name != "" }

func (p *Pages) showAccess(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &accessPage{}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.Rows, page.Left = nil, 0
		people, err := tx.People(ctx)
		if err != nil {
			return err
		}
		if page.Access, err = ReadAccess(ctx, tx, people); err != nil {
			return err
		}
		for _, person := range people {
			row, has, err := p.accessRow(ctx, tx, person, page.Lines)
			if err != nil {
				return err
			}
			if !has {
				continue
			}
			row.Mine = person.Name == v.Name()
			if !row.Said() {
				page.Left++
			}
			page.Rows = append(page.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/access"
	return p.answer(w, v, "access")
}

func (p *Pages) accessRow(ctx context.Context, tx *store.Tx, person store.Person, lines map[string]store.AccessLine) (accessRow, bool, error) {
	row := accessRow{personRow: personRow{Person: person}, Line: lines[person.Name]}
	keys, err := p.desk().Good(ctx, tx, person.Name)
	row.Keys = len(keys)
	for _, k := range keys {
		if k.UsedAt.After(row.Last) {
			row.Last = k.UsedAt
		}
	}
	for _, may := range Permissions {
		if may != Own && p.roles.May(person, may) {
			row.May = append(row.May, may)
		}
	}
	return row, len(person.Roles) > 0 || row.Keys > 0, err
}

func (p *Pages) beginAccess(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.accessDone(w, r, v, p.desk().BeginReview(r.Context(), v.Name()), "review_begun")
}

// sayOfAccess confirms a person's access, or asks for its removal.
func (p *Pages) sayOfAccess(w http.ResponseWriter, r *http.Request, v *view) error {
	act := r.PostForm.Get("act")
	if act != "confirm" && act != "remove" {
		return p.show(w, v, http.StatusBadRequest, "wrong_form")
	}
	ended, err := p.desk().SayOfAccess(r.Context(), r.PathValue("name"), act == "confirm", v.Name())
	said := "review_said"
	if ended {
		said = "review_ended"
	}
	return p.accessDone(w, r, v, err, said)
}

func (p *Pages) accessDone(w http.ResponseWriter, r *http.Request, v *view, err error, said string) error {
	var no *Refusal
	if errors.As(err, &no) {
		v.Problem = &problem{Field: "main", Key: "refused." + no.Reason}
		return p.showAccess(w, r, v)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/access", said)
}
