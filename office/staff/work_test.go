package staff

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/money"
	"fundy/payment"
	"fundy/store"
)

// lineOf is the line of a list on the page of all that waits, without its tags; "" where it has none.
func (b *bench) lineOf(name, list string) string {
	b.t.Helper()
	code, page := b.get(b.session(name), "/work")
	b.wants(code, page, http.StatusOK)
	_, row, ok := strings.Cut(page, ">"+list+"</a>")
	if !ok {
		return ""
	}
	row, _, _ = strings.Cut(row, "</tr>")
	return strings.Join(strings.Fields(regexp.MustCompile("<[^>]*>").ReplaceAllString(row, " ")), " ")
}

// What one person has asked for stands on the page of all that waits of whoever it concerns: how much, since when, who
// decides, and that who has asked does not.
func TestWhatTakesTwoStandsAmongAllThatWaits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.standing()
		b.counterIn()
		b.person("ada", Administrator)
		b.person("abe", Administrator)
		b.person("carl", "clerk")
		b.person("cora", "clerk")
		b.person("sue", "supervisor")
		b.person("paul", "auditor")
		for _, l := range []string{"Rights and invitations to approve", "Prices and holidays to approve", "Closures and outages to approve"} {
			if line := b.lineOf("ada", l); !strings.HasPrefix(line, "0 – 0") {
				t.Errorf("before: %s: %q", l, line)
			}
		}
		b.asks(b.session("ada"), "/finance/rules/holiday", url.Values{"day": {"2026-12-28"}, "name_en": {"Day off"}, "name_fr": {"Jour libre"}, "resolution": {"2026-9"}})
		b.asks(b.session("sue"), "/finance/rules/outage", url.Values{
			"kind": {"closure"}, "from": {"2026-06-02"}, "why_en": {"a storm"}, "why_fr": {"une tempête"},
		})
		code, page := b.post(b.session("ada"), "/people/carl/roles", url.Values{"role": {"clerk", "finance"}})
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.post(b.session("abe"), "/people/cora/keys", nil)
		b.wants(code, page, http.StatusSeeOther)
		_, err := b.pages.Settler.AskSecond(context.Background(), payment.Second{Kind: payment.SecondMail, Amount: money.FromMinor(5000), AskedBy: "carl"})
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.AddDate(0, 0, 3)
		const mine = "not you: you have asked for it"
		for _, c := range []struct{ who, list, says string }{
			{"ada", "Prices and holidays to approve", "1 3 days 0 Administrator, Finance, Supervisor " + mine},
			{"abe", "Prices and holidays to approve", "1 3 days 0 Administrator, Finance, Supervisor you may Compare before and after"},
			{"paul", "Prices and holidays to approve", "1 3 days 0 Administrator, Finance, Supervisor not you"},
			{"ada", "Closures and outages to approve", "1 3 days 1 Administrator, Finance, Supervisor you may"},
			{"sue", "Closures and outages to approve", "1 3 days 1 Administrator, Finance, Supervisor " + mine},
			{"ada", "Rights and invitations to approve", "2 3 days 0 Administrator 1; not the 1 that you have asked for"},
			{"paul", "Rights and invitations to approve", "2 3 days 0 Administrator not you"},
			{"carl", "Counts that a second person makes", "1 3 days 1 Clerk, Supervisor " + mine},
			{"cora", "Counts that a second person makes", "1 3 days 1 Clerk, Supervisor you may"},
			{"sue", "Counts that a second person makes", "1 3 days 1 Clerk, Supervisor you may"},
		} {
			if line := b.lineOf(c.who, c.list); !strings.HasPrefix(line, c.says) {
				t.Errorf("%s sees of %s: %q, want %q", c.who, c.list, line, c.says)
			}
		}
		for who, list := range map[string]string{"carl": "Prices and holidays to approve", "sue": "Rights and invitations to approve", "ada": "Counts that a second person makes"} {
			if line := b.lineOf(who, list); line != "" {
				t.Errorf("%s is told of %s: %s", who, list, line)
			}
		}
		for who, says := range map[string][2]string{
			"ada": {"Changes of rules that you can decide: 1", "Changes of rights that you can decide: 1"},
			"abe": {"Changes of rules that you can decide: 2", "Changes of rights that you can decide: 1"},
		} {
			code, page := b.get(b.session(who), "/")
			b.wants(code, page, http.StatusOK, says[0], says[1], `href="/work"`)
		}
		b.person("nell")
		code, page = b.get(b.session("nell"), "/work")
		b.wants(code, page, http.StatusOK, "Your roles have no list of what waits.")
		if strings.Contains(page, `href="/work"`) {
			t.Error("the menu leads to a page without a list")
		}
	})
}

// A list of what waits ends where it is told to, the oldest first.
func TestWhatTakesTwoIsReadWithinBounds(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("carl", "clerk")
		ctx := context.Background()
		err := b.pages.Store.Write(ctx, fault.ByTest, func(ctx context.Context, tx *store.Tx) error {
			for i, id := range []string{"c", "a", "b"} {
				at := b.now.AddDate(0, 0, i)
				if err := tx.AddRuleChange(ctx, store.RuleChange{ID: id, Kind: store.RuleHoliday, Body: "[]", Digest: "d", AskedBy: "ada", AskedAt: at}); err != nil {
					return err
				}
				if err := tx.AddStaffChange(ctx, store.StaffChange{ID: id, Name: "carl", Kind: store.ChangeRoles, AskedBy: "ada", AskedAt: at}); err != nil {
					return err
				}
			}
			return tx.DecideRuleChange(ctx, "a", store.RuleRefused, "abe", b.now)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = b.pages.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			for limit, want := range []string{"", "c", "cb", "cb"} {
				rules, err := tx.AskedRuleChanges(ctx, limit)
				if err != nil {
					return err
				}
				got := ""
				for _, r := range rules {
					got += r.ID
				}
				if got != want {
					t.Errorf("of rules, %d at most: %q, want %q", limit, got, want)
				}
			}
			rights, err := tx.OpenStaffChanges(ctx, 2)
			if len(rights) != 2 || rights[0].ID != "c" || rights[1].ID != "a" {
				t.Errorf("of rights: %+v", rights)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What a page says of numbers, roles and reasons is in its reader's language.
func TestWhatIsSaidIsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	outage := store.RuleChange{Kind: store.RuleOutage, Why: "a storm"}
	row, err := city.Outage{
		From: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), Until: time.Date(2026, 6, 1, 13, 0, 0, 0, time.UTC),
		Why: city.Text{city.English: "a storm", city.French: "une tempête"},
	}.Row(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal([]city.RuleRow{row})
	if err != nil {
		t.Fatal(err)
	}
	outage.Body = string(body)
	for lang, want := range map[string][]string{
		"en": {"0 days", "1 day", "2 days", "Clerk, Finance", "a storm", "30.00", "the cardholder says that they did not pay"},
		"fr": {"0 jour", "1 jour", "2 jours", "Commis, Finances", "une tempête", "30,00", "le titulaire dit ne pas avoir payé"},
	} {
		v := &view{Lang: lang}
		got := []string{v.Days(0), v.Days(1), v.Days(2), v.RolesIn("clerk, finance"), v.WhyOf(outage), v.shownAmount("30.00"), v.Maybe("work.dispute.", "fraudulent")}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}
