package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fundy/fault"
	"fundy/ident"
	"fundy/payment"
	"fundy/store"
)

// invitationFor is how long a code lets somebody in.
const invitationFor = 24 * time.Hour

// OnHost is who has done what a command on the city's own machine does.
const OnHost = "host"

// NotKnown is who has used another's session elsewhere: nobody that a name was shown of. No person is called so.
const NotKnown = "unknown"

// Refusal says why something about people was not written, by a key of the words "refused.".
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "refused: " + r.Reason }

// The reasons.
const (
	RefusedName   = "name"         // not a name that staff can have
	RefusedTaken  = "taken"        // somebody has that name
	RefusedNobody = "nobody"       // nobody has that name
	RefusedRole   = "role"         // not one of the city's
	RefusedRoles  = "no_roles"     // who is invited from a page is asked for with a role: it is what another approves
	RefusedSelf   = "same_person"  // who has asked can't approve
	RefusedDone   = "decided"      // it is not waiting any more
	RefusedOthers = "others"       // two other administrators can do it
	RefusedCode   = "code"         // not a code that is good
	RefusedLast   = "last_key"     // a person's only passkey stays
	RefusedAdmin  = "last_admin"   // nobody would be left who gives rights
	RefusedOpen   = "open_already" // the same is waiting already
)

// eventLeaf is what the log is told. Names are those that staff sign in with.
type eventLeaf struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	Act   string `json:"act"`
	Who   string `json:"who"`
}

// note keeps what was done about a person, and the leaf that tells of it.
func note(ctx context.Context, tx *store.Tx, e store.StaffEvent, now time.Time) error {
	e.ID, e.At = ident.New("sev"), now
	if err := tx.AddStaffEvent(ctx, e); err != nil {
		return err
	}
	return tx.Tell(ctx, "staff", now, eventLeaf{Event: e.ID, Name: e.Name, Act: e.Act, Who: e.Who})
}

// Desk is what the pages and the command line do about people. It needs no passkey of anybody.
type Desk struct {
	Store *store.Store
	Key   Key
	Roles Roles
	Host  string // of the pages' address; a passkey that was made for another is as good as none
	Now   func() time.Time
}

// Good are those of a person's passkeys that are good at this address.
func (d Desk) Good(ctx context.Context, tx *store.Tx, name string) ([]store.StaffKey, error) {
	keys, err := tx.StaffKeys(ctx, name)
	return slices.DeleteFunc(keys, func(k store.StaffKey) bool { return k.Host != d.Host }), err
}

// Having reads who has a passkey that is good, and says who of them has a permission, by name: settling keeps one of them for
// a ticket's review.
func (d Desk) Having(ctx context.Context, tx *store.Tx) (func(may string) []string, error) {
	holders, err := tx.KeyHolders(ctx, d.Host)
	if err != nil {
		return nil, err
	}
	var people []store.Person
	for _, name := range holders {
		p, err := tx.Person(ctx, name)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return func(may string) []string {
		var names []string
		for _, p := range people {
			if d.Roles.May(p, Permission(may)) {
				names = append(names, p.Name)
			}
		}
		return names
	}, nil
}

// CheckInvite says why a person could not be invited: a *Refusal, or a fault.
func (d Desk) CheckInvite(ctx context.Context, tx *store.Tx, name string, roles []string) error {
	// A role's name stands for whoever has it, where nobody has taken something yet.
	if _, role := d.Roles[name]; role || !payment.StaffName(name) || name == OnHost || name == NotKnown || name == payment.RoleOperator {
		return &Refusal{RefusedName}
	}
	for _, r := range roles {
		if _, ok := d.Roles[r]; !ok {
			return &Refusal{RefusedRole}
		}
	}
	_, err := tx.Person(ctx, name)
	switch {
	case err == nil:
		return &Refusal{RefusedTaken}
	case errors.Is(err, store.ErrNotFound):
		return nil
	}
	return err
}

// Invite makes a person. From the host (by is OnHost) the roles are given at once, and the code that lets him make his first
// passkey, good for 24 hours, is told here only. From a page the roles wait for a second person, who gets the code (Decide):
// who could both ask for a person and enrol as him would be two people. There code is "".
func (d Desk) Invite(ctx context.Context, name string, roles []string, by string) (code string, err error) {
	code, handle := newCode(), random(32)
	err = d.Store.Write(ctx, fault.InvitePerson, func(ctx context.Context, tx *store.Tx) error {
		if err := d.CheckInvite(ctx, tx, name, roles); err != nil {
			return err
		}
		if by != OnHost && len(roles) == 0 {
			return &Refusal{RefusedRoles}
		}
		now := d.Now()
		if err := tx.AddPerson(ctx, store.Person{Name: name, Handle: handle, Since: now, InvitedBy: by}); err != nil {
			return err
		}
		if by != OnHost {
			return d.askIn(ctx, tx, store.StaffChange{Name: name, Kind: store.ChangeRoles, Roles: roles, AskedBy: by}, now)
		}
		if err := d.inviteIn(ctx, tx, code, name, by, now); err != nil {
			return err
		}
		if err := tx.SetRoles(ctx, name, roles, by, by, now); err != nil {
			return err
		}
		return note(ctx, tx, store.StaffEvent{Name: name, Act: "roles_given", Who: by, Note: words(roles)}, now)
	})
	if errors.Is(err, store.ErrConflict) {
		return "", &Refusal{RefusedTaken} // by somebody else, at the same moment
	}
	if err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	if by != OnHost {
		return "", nil
	}
	return code, nil
}

func (d Desk) inviteIn(ctx context.Context, tx *store.Tx, code, name, by string, now time.Time) error {
	err := tx.AddInvitation(ctx, store.Invitation{Code: d.Key.code(code), Name: name, MadeAt: now, MadeBy: by, Until: now.Add(invitationFor)})
	if err != nil {
		return err
	}
	return note(ctx, tx, store.StaffEvent{Name: name, Act: "invited", Who: by}, now)
}

// CheckRecover says why the host may not recover a person: two others can.
func (d Desk) CheckRecover(ctx context.Context, tx *store.Tx, name string) error {
	_, err := tx.Person(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return &Refusal{RefusedNobody}
	}
	if err != nil {
		return err
	}
	asks, decides, err := d.others(ctx, tx, name)
	if err != nil {
		return err
	}
	// Two different people are needed, one for each part.
	if len(asks) > 0 && len(decides) > 0 && (len(asks) > 1 || len(decides) > 1 || asks[0] != decides[0]) {
		return &Refusal{RefusedOthers}
	}
	return nil
}

// others are who else, with a passkey, can ask for a change of rights, and who can decide one.
func (d Desk) others(ctx context.Context, tx *store.Tx, name string) (asks, decides []string, err error) {
	people, err := tx.People(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range people {
		keys, err := d.Good(ctx, tx, p.Name)
		if err != nil {
			return nil, nil, err
		}
		if p.Name == name || len(keys) == 0 {
			continue
		}
		if d.Roles.May(p, AskRights) {
			asks = append(asks, p.Name)
		}
		if d.Roles.May(p, DecideRights) {
			decides = append(decides, p.Name)
		}
	}
	return asks, decides, nil
}

// Recover takes a person's passkeys and sessions away and gives a new code, from the host, where no two others
// could have done it.
func (d Desk) Recover(ctx context.Context, name string) (code string, err error) {
	code = newCode()
	err = d.Store.Write(ctx, fault.ChangeRights, func(ctx context.Context, tx *store.Tx) error {
		if err := d.CheckRecover(ctx, tx, name); err != nil {
			return err
		}
		return d.replaceKeysIn(ctx, tx, code, name, OnHost, d.Now())
	})
	if err != nil {
		return "", fmt.Errorf("recover: %w", err)
	}
	return code, nil
}

func (d Desk) replaceKeysIn(ctx context.Context, tx *store.Tx, code, name, by string, now time.Time) error {
	if _, err := tx.LockPerson(ctx, name); err != nil {
		return err
	}
	if err := tx.RemoveStaffKeys(ctx, name, now); err != nil {
		return err
	}
	if err := tx.EndStaffSessions(ctx, name, "keys_removed", now); err != nil {
		return err
	}
	if err := note(ctx, tx, store.StaffEvent{Name: name, Act: "keys_removed", Who: by}, now); err != nil {
		return err
	}
	return d.inviteIn(ctx, tx, code, name, by, now)
}
