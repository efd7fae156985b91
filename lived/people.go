package lived

import (
	"context"
	"fmt"
	"slices"

	"fundy/office/staff"
)

// colleague is a second administrator: what one has asked for about rights, the other decides. The demonstration lets
// nobody in by this name.
const colleague = "emil"

// People are those at work, with their roles. The demonstration lets each of them in with one click.
var People = []staff.StandInPerson{
	{Name: clerk, Role: "clerk"}, {Name: supervisor, Role: "supervisor"}, {Name: finance, Role: "finance"}, {Name: administrator, Role: staff.Administrator},
}

// rights is what administrators do about people.
func (t *town) rights() (staff.Desk, error) {
	roles, err := staff.ParseRoles(t.Settings.Office.Roles)
	return staff.Desk{Store: t.Store, Key: t.staffKey(), Roles: roles, Host: "localhost", Now: t.clock.now}, err
}

// staffKey is the token key as the staff pages have it.
func (t *town) staffKey() staff.Key { return staff.Key{ID: t.Token.ID, Key: t.Token.Key} }

// invite writes the people down, as the machine's own command does. Nobody is told their codes.
func (t *town) invite(ctx context.Context) error {
	desk, err := t.rights()
	if err != nil {
		return err
	}
	for _, p := range append(slices.Clone(People), staff.StandInPerson{Name: colleague, Role: staff.Administrator}) {
		if _, err := desk.Invite(ctx, p.Name, []string{p.Role}, staff.OnHost); err != nil {
			return fmt.Errorf("invite %s: %w", p.Name, err)
		}
	}
	return nil
}
