package staff

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"fundy/store"
)

// Who may do nothing yet, or no more, is told why and what to do, and not to use a menu that has nothing.
func TestWhoHasNoRolesIsToldWhy(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		d, ctx := b.pages.desk(), context.Background()
		b.person("ann", "administrator")
		b.person("ben", "administrator")
		b.person("zita")
		home := func(words ...string) {
			t.Helper()
			code, page := b.get(b.session("zita"), "/")
			b.wants(code, page, http.StatusOK, words...)
			if strings.Contains(page, "Use the menu above") {
				t.Errorf("an empty menu is pointed at\n%s", page)
			}
		}
		ask := func(roles ...string) string {
			t.Helper()
			b.now = b.now.Add(time.Second)
			if err := d.AskChange(ctx, store.StaffChange{Name: "zita", Kind: store.ChangeRoles, Roles: roles, AskedBy: "ann"}); err != nil {
				t.Fatal(err)
			}
			return b.openChange("zita")
		}
		decide := func(id string, approve bool) {
			t.Helper()
			b.now = b.now.Add(time.Second)
			if _, _, err := d.Decide(ctx, id, approve, "ben"); err != nil {
				t.Fatal(err)
			}
		}
		home("You have no role yet, and none waits for approval.", "Ask an administrator")
		id := ask("clerk", "finance")
		home("Your roles wait for another person: Clerk, Finance. ann asked for them on June 3, 2026", "An administrator other than ann approves them")
		decide(id, false)
		home("were refused or taken back by ben on June 3, 2026")
		decide(ask("clerk"), true)
		code, page := b.get(b.session("zita"), "/")
		b.wants(code, page, http.StatusOK, `id="find"`)
		decide(ask(), true)
		home("Your roles were taken away. ben approved it on June 3, 2026", "ask an administrator")
	})
}
