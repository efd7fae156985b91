package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fundy/fault"
	"fundy/office/staff"
	"fundy/store"
)

// staff wants two people who can give rights, each with a passkey that is good at the pages' address, and two
// passkeys for everybody.
func (d *doctor) staff(ctx context.Context, s *store.Store) error {
	if d.f.settings.Office.Listen == "" {
		d.ok("staff", "there are no staff pages: office.listen is empty")
		return nil
	}
	roles, err := staff.ParseRoles(d.f.settings.Office.Roles)
	if err != nil {
		d.say(failing, "staff", "mend city.toml as it says", "%v", err)
		return nil
	}
	desk := staff.Desk{Store: s, Roles: roles, Host: d.f.staffHost()}
	var give, one, elsewhere []string
	var access staff.Access
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		give, one, elsewhere = nil, nil, nil
		people, err := tx.People(ctx)
		if err != nil {
			return err
		}
		if access, err = staff.ReadAccess(ctx, tx, people); err != nil {
			return err
		}
		for _, p := range people {
			all, err := tx.StaffKeys(ctx, p.Name)
			if err != nil {
				return err
			}
			had := len(all)
			good, err := desk.Good(ctx, tx, p.Name)
			switch {
			case err != nil:
				return err
			case had > 0 && len(good) == 0:
				elsewhere = append(elsewhere, p.Name)
			case len(good) == 1:
				one = append(one, p.Name)
			}
			if len(good) > 0 && roles.May(p, staff.AskRights) && roles.May(p, staff.DecideRights) {
				give = append(give, p.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.judgeStaff(give, one, elsewhere)
	d.judgeAccess(access)
	return nil
}

// judgeAccess wants who has what to be looked through once a year.
func (d *doctor) judgeAccess(a staff.Access) {
	zone := d.f.settings.City().Zone
	switch {
	case a.First.IsZero(): // there is nobody
	case a.Due(fault.Now()) && a.Last.IsZero():
		d.say(warning, "access", accessFix(d.f.settings.Office.PublicURL), "who has what has never been looked through, and the first person came on %s", clock(a.First, zone))
	case a.Due(fault.Now()):
		d.say(warning, "access", accessFix(d.f.settings.Office.PublicURL), "who has what was last looked through on %s, more than a year ago", clock(a.Last, zone))
	case a.Last.IsZero():
		d.ok("access", "%s", "not looked through yet: due a year after the first person came, "+clock(a.First, zone))
	default:
		d.ok("access", "%s", "who has what was looked through on "+clock(a.Last, zone))
	}
}

func accessFix(address string) string {
	return "two administrators look through it at " + strings.TrimSuffix(address, "/") + "/access"
}

func (d *doctor) judgeStaff(give, one, elsewhere []string) {
	host := d.f.staffHost()
	if len(elsewhere) > 0 {
		d.say(failing, "staff", "move office.public_url back, or let everybody in again: fundy staff recover, docs/staff.md",
			"the passkeys of %s were made for another address than %s: they are good there alone", strings.Join(elsewhere, ", "), host)
	}
	if len(give) < 2 {
		d.say(warning, "staff", "fundy staff invite --city DIR --as-role administrator --name NAME --apply", "%d can give rights: two people are needed for it", len(give))
	}
	if len(one) > 0 {
		slices.Sort(one)
		d.say(warning, "staff", "each makes another under the own name in the menu", "one passkey only: %s", strings.Join(one, ", "))
	}
	if len(elsewhere) == 0 && len(give) > 1 && len(one) == 0 {
		d.ok("staff", "%s", fmt.Sprintf("%d can give rights, and everybody has two passkeys for %s", len(give), host))
	}
}
