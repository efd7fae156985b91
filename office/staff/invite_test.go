package staff

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/fault"
	"fundy/store"
)

func reason(err error) string {
	var no *Refusal
	if errors.As(err, &no) {
		return no.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// A code is good once, for 24 hours, until another replaces it; the store has its HMAC only.
func TestACodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		d, ctx := b.pages.desk(), context.Background()
		code, err := d.Invite(ctx, "anne", []string{"administrator"}, OnHost)
		if err != nil || len(code) != 19 {
			t.Fatalf("%q, %v", code, err)
		}
		good := func(code string, want bool) {
			t.Helper()
			status, page := b.post("", "/invite", url.Values{"code": {code}})
			if (status == http.StatusOK) != want || strings.Contains(page, "Welcome, anne") != want {
				t.Errorf("code %s: %d\n%s", code, status, page)
			}
		}
		good(code, true)
		good(strings.ToUpper(strings.ReplaceAll(code, "-", " ")), true)
		good(strings.ReplaceAll(strings.ReplaceAll(code, "0", "o"), "1", "l"), true)
		good("aaaa-aaaa-aaaa-aaaa", false)
		again, err := d.Recover(ctx, "anne")
		if err != nil {
			t.Fatal(err)
		}
		good(code, false)
		good(again, true)
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.UseInvitation(ctx, d.Key.code(again), b.now) })
		good(again, false)
		err = b.pages.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error { return tx.UseInvitation(ctx, d.Key.code(again), b.now) })
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("used twice: %v", err)
		}
		if code, err = d.Recover(ctx, "anne"); err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(invitationFor - time.Second)
		good(code, true)
		b.now = b.now.Add(time.Second)
		good(code, false)
	})
}

// A name is one person's for ever, and a role is the city's.
func TestWhoCanBeInvited(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	d, ctx := b.pages.desk(), context.Background()
	b.person("anne", "administrator")
	for _, c := range []struct {
		name string
		role string
		want string
	}{{"anne", "clerk", RefusedTaken}, {"Anne B", "clerk", RefusedName}, {"host", "clerk", RefusedName}, {"unknown", "clerk", RefusedName}, {"finance", "clerk", RefusedName}, {"", "clerk", RefusedName}, {"ben", "boss", RefusedRole}} {
		if _, err := d.Invite(ctx, c.name, []string{c.role}, OnHost); reason(err) != c.want {
			t.Errorf("%s as %s: %v", c.name, c.role, err)
		}
	}
}

// From a page, what is asked for waits: who has asked does not approve, a second time is refused, and the rights
// are there only then.
func TestRightsWaitForASecondPerson(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "administrator")
		b.person("ben", "administrator")
		anne, ben := b.session("anne"), b.session("ben")
		code, page := b.post(anne, "/people", url.Values{"name": {"Carl"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose at least one role", `id="role-error"`, `value="carl"`)
		code, page = b.post(anne, "/people", url.Values{"name": {"Carl"}, "role": {"clerk", "finance"}})
		b.wants(code, page, http.StatusSeeOther)
		if strings.Contains(page, `id="code"`) || b.invited("carl") {
			t.Errorf("who asks for a person gets the code, and could be two people\n%s", page)
		}
		_, page = b.get(anne, "/people")
		b.wants(200, page, 200, "anne asks that carl have these roles", "another administrator approves it")
		if strings.Contains(page, "/approve") {
			t.Error("the page offers who has asked to approve")
		}
		id := b.openChange("carl")
		code, page = b.post(anne, "/changes/"+id+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")
		b.hasRoles("carl")
		code, page = b.post(ben, "/changes/"+id+"/approve", nil)
		b.wants(code, page, http.StatusOK, "A code for carl", `id="code"`, "really carl")
		b.hasRoles("carl", "clerk", "finance")
		_, typed, _ := strings.Cut(page, `id="code">`)
		typed, _, _ = strings.Cut(typed, "<")
		code, page = b.post("", "/invite", url.Values{"code": {typed}})
		b.wants(code, page, http.StatusOK, "Welcome, carl")
		code, page = b.post(ben, "/changes/"+id+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "decided already")
		code, page = b.post(ben, "/changes/"+id+"/refuse", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "decided already")

		code, page = b.post(ben, "/people/carl/roles", url.Values{"role": {"clerk"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(anne, "/people/carl/roles", url.Values{"role": {"auditor"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "waiting for a second administrator already")
		code, page = b.post(ben, "/changes/"+b.openChange("carl")+"/refuse", nil) // taken back
		b.wants(code, page, http.StatusSeeOther)
		b.hasRoles("carl", "clerk", "finance")
	})
}

// invited says whether a person has a code that is good.
func (b *bench) invited(name string) (yes bool) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		yes, err = tx.IsInvited(ctx, name, b.now)
		return err
	})
	return yes
}

// Who was invited and refused, or whose roles are changed before the passkey is made, gets one code, on what lets him in.
func TestACodeIsGivenOnWhatLetsSomebodyIn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		d, ctx := b.pages.desk(), context.Background()
		b.person("anne", "administrator")
		b.person("ben", "administrator")
		decides := func(approve, wants bool) {
			t.Helper()
			b.now = b.now.Add(time.Second)
			_, code, err := d.Decide(ctx, b.openChange("carl"), approve, "ben")
			if err != nil || (code != "") != wants || wants && !b.invited("carl") {
				t.Errorf("a code %q, wanted %v, %v", code, wants, err)
			}
		}
		asks := func(roles ...string) {
			t.Helper()
			if err := d.AskChange(ctx, store.StaffChange{Name: "carl", Kind: store.ChangeRoles, Roles: roles, AskedBy: "anne"}); err != nil {
				t.Fatal(err)
			}
		}
		if code, err := d.Invite(ctx, "carl", []string{"clerk"}, "anne"); err != nil || code != "" {
			t.Fatalf("%q, %v", code, err)
		}
		decides(false, false)
		asks("clerk")
		decides(true, true)
		asks("clerk", "finance") // the code is on its way to carl
		decides(true, false)
		b.now = b.now.Add(invitationFor)
		asks() // and he never came
		decides(true, false)
		asks("clerk")
		decides(true, true)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AddStaffKey(ctx, store.StaffKey{ID: random(16), Name: "carl", Host: "localhost", Record: []byte("{}"), MadeAt: b.now, UsedAt: b.now})
		})
		b.now = b.now.Add(invitationFor)
		asks("finance")
		decides(true, false)
	})
}

func (b *bench) openChange(name string) (id string) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		open, err := tx.OpenStaffChanges(ctx, changesOpen)
		for _, c := range open {
			if c.Name == name {
				id = c.ID
			}
		}
		return err
	})
	if err != nil || id == "" {
		b.t.Fatalf("no change of %s waits: %v", name, err)
	}
	return id
}

func (b *bench) hasRoles(name string, roles ...string) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.Person(ctx, name)
		if err == nil && strings.Join(p.Roles, " ") != strings.Join(roles, " ") {
			b.t.Errorf("%s has %v, want %v", name, p.Roles, roles)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// Lost passkeys: one administrator says so, another approves; the sessions end, and a new code is shown once. The
// host does it only where no two others can.
func TestLostPasskeys(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		d, ctx := b.pages.desk(), context.Background()
		b.person("anne", "administrator")
		b.person("ben", "administrator")
		b.person("carl", "clerk")
		anne, ben, carl := b.session("anne"), b.session("ben"), b.session("carl")
		if _, err := d.Recover(ctx, "carl"); reason(err) != RefusedOthers {
			t.Errorf("the host recovers carl: %v", err)
		}
		code, page := b.post(anne, "/people/carl/keys", nil)
		b.wants(code, page, http.StatusSeeOther)
		id := b.openChange("carl")
		code, page = b.post(anne, "/changes/"+id+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")
		code, page = b.get(carl, "/me")
		b.wants(code, page, http.StatusOK)
		code, page = b.post(ben, "/changes/"+id+"/approve", nil)
		b.wants(code, page, http.StatusOK, "A code for carl", `id="code"`)
		code, page = b.get(carl, "/me")
		b.wants(code, page, http.StatusUnauthorized, "Your session has ended")
		// Of two administrators, one alone is left: the host can.
		if _, err := d.Recover(ctx, "anne"); err != nil {
			t.Errorf("the host does not recover anne: %v", err)
		}
		if _, err := d.Recover(ctx, "nobody"); reason(err) != RefusedNobody {
			t.Errorf("nobody: %v", err)
		}
	})
}

// Where the address has moved, the host can let everybody in again: no passkey is good any more.
func TestAnAddressThatHasMoved(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	for _, name := range []string{"anne", "ben", "carl"} {
		b.person(name, "administrator")
	}
	d := b.pages.desk()
	if _, err := d.Recover(context.Background(), "anne"); reason(err) != RefusedOthers {
		t.Errorf("before: %v", err)
	}
	d.Host = "staff.example.ca"
	for _, name := range []string{"anne", "ben"} {
		if _, err := d.Recover(context.Background(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The last who gives rights keeps them.
func TestSomebodyIsLeftWhoGivesRights(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "administrator")
	b.person("ben", "administrator")
	anne, ben := b.session("anne"), b.session("ben")
	for _, step := range []struct {
		who, whom string
		approves  string
		status    int
	}{{anne, "ben", ben, http.StatusSeeOther}, {anne, "anne", "", 0}} {
		code, page := b.post(step.who, "/people/"+step.whom+"/roles", url.Values{"role": {"clerk"}})
		b.wants(code, page, http.StatusSeeOther)
		if step.approves != "" {
			code, page = b.post(step.approves, "/changes/"+b.openChange(step.whom)+"/approve", nil)
			b.wants(code, page, step.status)
		}
	}
	_, _, err := b.pages.desk().Decide(context.Background(), b.openChange("anne"), true, "carl")
	if reason(err) != RefusedAdmin {
		t.Errorf("nobody is left: %v", err)
	}
	b.hasRoles("anne", "administrator")
}

// A person's only passkey stays.
func TestTheOnlyPasskeyStays(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne")
	token := b.session("anne")
	_, page := b.get(token, "/me")
	b.wants(200, page, 200, "You have one passkey")
	code, page := b.post(token, "/me/key/remove", url.Values{"id": {"AAAA"}})
	b.wants(code, page, http.StatusUnprocessableEntity, "Your only passkey stays")
}

// Many codes from one place are slowed down.
func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	for range triesMost {
		code, page := b.post("", "/invite", url.Values{"code": {"aaaa-bbbb-cccc-dddd"}})
		b.wants(code, page, http.StatusUnprocessableEntity)
	}
	code, page := b.post("", "/invite", url.Values{"code": {"aaaa-bbbb-cccc-dddd"}})
	b.wants(code, page, http.StatusTooManyRequests, "Wait 20 minutes")
	b.now = b.now.Add(triesFor)
	code, page = b.post("", "/invite", url.Values{"code": {"aaaa-bbbb-cccc-dddd"}})
	b.wants(code, page, http.StatusUnprocessableEntity)
}

// After a restore no session goes on and no code is good: who had ended or used them since is not known.
func TestARestoreEndsSessionsAndCodes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		token := b.session("anne")
		code, err := b.pages.desk().Invite(context.Background(), "ben", []string{"clerk"}, OnHost)
		if err != nil {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.MarkRestored(ctx, b.now.Add(-time.Hour), b.now)
		})
		status, page := b.get(token, "/me")
		b.wants(status, page, http.StatusUnauthorized, "Your session has ended")
		status, page = b.post("", "/invite", url.Values{"code": {code}})
		b.wants(status, page, http.StatusUnprocessableEntity, "This code is not good")
	})
}

// In a demonstration nobody has a passkey: its people decide rights all the same, since nobody is lost who could give them.
func TestRightsAreGivenWhereNobodyHasAPasskey(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx, d := context.Background(), b.pages.desk()
		b.person("dora", "administrator")
		b.person("emil", "administrator")
		d.Host = "demonstration.example" // their passkeys are of another address
		if _, err := d.Invite(ctx, "faye", []string{"screening"}, "emil"); err != nil {
			t.Fatal(err)
		}
		if _, code, err := d.Decide(ctx, b.openChange("faye"), true, "dora"); err != nil || code == "" {
			t.Errorf("%q, %v", code, err)
		}
	})
}
