package staff

import (
	"context"
	"strings"

	"fundy/payment"
	"fundy/store"
)

// ownerOf is whose turn it is about something that waits: where the queue has it, of one of the kinds, who has taken it
// there or the role that the queue gives it to; else the roles that may do what is next. "" for who only counts.
func (p *Pages) ownerOf(ctx context.Context, tx *store.Tx, v *view, next Permission, ref string, kinds ...payment.ExceptionKind) (string, error) {
	if v == nil {
		return "", nil
	}
	for _, kind := range kinds {
		e, found, err := tx.OpenExceptionAbout(ctx, kind, ref)
		if err != nil || found {
			return e.Owner, err
		}
	}
	return p.rolesFor(next), nil
}

// rolesFor are the roles that may do something, as view.RolesIn reads them.
func (p *Pages) rolesFor(next Permission) string { return strings.Join(p.roles.Having(next), ", ") }
