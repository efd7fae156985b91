package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fundy/fault"
	"fundy/store"
)

// desk is what the pages do about people, as the command line does it.
func (p *Pages) desk() Desk {
	return Desk{Store: p.Store, Key: p.Key, Roles: p.roles, Host: p.keys.Config.RPID, Now: p.Now}
}

// peoplePage is who has what, and what waits for a second person.
type peoplePage struct {
	People  []personRow
	Changes []changeRow
	Access  Access // the yearly look through
	Roles   []string
	Name    string // as typed
	Picked  []string
}

type personRow struct {
	store.Person
	Keys int
	Last time.Time // a passkey's last answer; zero: never
}

type changeRow struct {
	store.StaffChange
	Mine bool
}

// Has says whether a role was picked.
func (page *peoplePage) Has(role string) bool { return slices.Contains(page.Picked, role) }

func (p *Pages) showPeople(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.peoplePage(w, r, v, &peoplePage{})
}

func (p *Pages) peoplePage(w http.ResponseWriter, r *http.Request, v *view, page *peoplePage) error {
	page.Roles = p.roles.Names()
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		page.People, page.Changes, page.Access = nil, nil, Access{}
		open, err := tx.OpenStaffChanges(ctx, changesOpen)
		for _, c := range open {
			page.Changes = append(page.Changes, changeRow{c, c.AskedBy == v.Name()})
		}
		if err != nil || !v.May(string(ReadPeople)) { // who approves alone sees what waits
			return err
		}
		people, err := tx.People(ctx)
		if err != nil {
			return err
		}
		for _, person := range people {
			keys, err := p.desk().Good(ctx, tx, person.Name)
			if err != nil {
				return err
			}
			row := personRow{Person: person, Keys: len(keys)}
			for _, k := range keys {
				if k.UsedAt.After(row.Last) {
					row.Last = k.UsedAt
				}
			}
			page.People = append(page.People, row)
		}
		page.Access, err = ReadAccess(ctx, tx, people)
		return err
	})
	if err != nil {
		return err
	}
	v.Data, v.Back = page, "/people"
	return p.answer(w, v, "people")
}

// codePage shows a one-time code, once: the store has its HMAC only.
type codePage struct{ Name, Code string }

// invite makes a person, whose roles wait for a second one. The code is for who approves them: who asks never has it.
func (p *Pages) invite(w http.ResponseWriter, r *http.Request, v *view) error {
	name := strings.ToLower(bounded(r, "name"))
	roles := slices.Clone(r.PostForm["role"])
	_, err := p.desk().Invite(r.Context(), name, roles, v.Name())
	var no *Refusal
	if errors.As(err, &no) {
		v.Problem = &problem{Field: "name", Key: "refused." + no.Reason}
		if no.Reason == RefusedRoles {
			v.Problem.Field = "role"
		}
		return p.peoplePage(w, r, v, &peoplePage{Name: name, Picked: roles})
	}
	if err != nil {
		return err
	}
	return done(w, r, "/people", "invite_asked")
}

// personPage is one person: rights, sessions, history.
type personPage struct {
	personRow
	Sessions []store.StaffSession
	Events   []store.StaffEvent
	AllRoles []string
	May      []Permission
}

// Has says whether the person has a role.
func (page *personPage) Has(role string) bool { return slices.Contains(page.Roles, role) }

func (p *Pages) showPerson(w http.ResponseWriter, r *http.Request, v *view) error {
	page := &personPage{AllRoles: p.roles.Names()}
	err := p.Store.Read(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if page.Person, err = tx.Person(ctx, r.PathValue("name")); err != nil {
			return err
		}
		keys, err := p.desk().Good(ctx, tx, page.Name)
		if err != nil {
			return err
		}
		page.Keys = len(keys)
		if page.Sessions, err = tx.StaffSessions(ctx, page.Name, p.Now().Add(-sessionMost)); err != nil {
			return err
		}
		page.Events, err = tx.StaffEvents(ctx, page.Name, eventsShown)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	page.May = nil
	for _, may := range Permissions {
		if p.roles.May(page.Person, may) {
			page.May = append(page.May, may)
		}
	}
	v.Data, v.Back = page, "/people/"+page.Name
	return p.answer(w, v, "person")
}

func (p *Pages) askRoles(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.askChange(w, r, v, store.StaffChange{Kind: store.ChangeRoles, Roles: slices.Clone(r.PostForm["role"])})
}

func (p *Pages) askKeys(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.askChange(w, r, v, store.StaffChange{Kind: store.ChangeKeys})
}

func (p *Pages) askChange(w http.ResponseWriter, r *http.Request, v *view, c store.StaffChange) error {
	c.Name, c.AskedBy = r.PathValue("name"), v.Name()
	err := p.desk().AskChange(r.Context(), c)
	var no *Refusal
	if errors.As(err, &no) {
		v.Problem = &problem{Field: "main", Key: "refused." + no.Reason}
		return p.showPerson(w, r, v)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/people", "change_asked")
}

func (p *Pages) approveChange(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideChange(w, r, v, true, "change_approved")
}

func (p *Pages) refuseChange(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.decideChange(w, r, v, false, "change_refused")
}

func (p *Pages) decideChange(w http.ResponseWriter, r *http.Request, v *view, approve bool, said string) error {
	c, code, err := p.desk().Decide(r.Context(), r.PathValue("id"), approve, v.Name())
	var no *Refusal
	if errors.As(err, &no) {
		v.Problem = &problem{Field: "main", Key: "refused." + no.Reason}
		return p.peoplePage(w, r, v, &peoplePage{})
	}
	if err != nil {
		return err
	}
	if code != "" {
		v.Data, v.Back = &codePage{c.Name, code}, "/people"
		return p.show(w, v, http.StatusOK, "invited")
	}
	return done(w, r, "/people", said)
}

// endSessions ends all sessions of a person at once: it takes only, so it waits for nobody.
func (p *Pages) endSessions(w http.ResponseWriter, r *http.Request, v *view) error {
	name := r.PathValue("name")
	err := p.Store.Write(r.Context(), fault.EndSession, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.LockPerson(ctx, name); err != nil {
			return err
		}
		now := p.Now()
		if err := tx.EndStaffSessions(ctx, name, "by_administrator", now); err != nil {
			return err
		}
		return note(ctx, tx, store.StaffEvent{Name: name, Act: "sessions_ended", Who: v.Name()}, now)
	})
	if errors.Is(err, store.ErrNotFound) {
		return p.show(w, v, http.StatusNotFound, "wrong")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/people/"+name, "sessions_ended")
}
