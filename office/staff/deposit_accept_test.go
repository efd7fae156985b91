package staff

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"fundy/ledger"
	"fundy/money"
	"fundy/store"
)

var (
	depositAt = regexp.MustCompile(`/deposits/dep_[0-9a-z]+`)
	lineValue = regexp.MustCompile(`name="line" id="line" value="([^"]+)"`)
)

// The bank has a cent less than the slip, and stands by it: another person than the slip's maker says so, once, with a
// reason. The cent is in over and short, and the day comes right.
func TestTheBanksCountIsAccepted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.banks()
		b.person("carl", "finance")
		b.person("fay", "finance")
		b.person("sam", "supervisor")
		_, day := b.slipOf("SJ1", "1001")
		b.now = b.now.Add(24 * time.Hour)
		b.takes(b.session("fay"), day.String()+".bai", bai(day, 4999, "SLIP 1001,TICKET COUNTER DEPOSIT"))
		code, page := b.get(b.session("fay"), "/finance/days/"+day.String())
		b.wants(code, page, http.StatusOK, "they differ by -0.01", "accept the bank’s count")
		_, page = b.get(b.session("fay"), "/deposits")
		at := depositAt.FindString(page)
		code, page = b.get(b.session("carl"), at)
		b.wants(code, page, http.StatusOK, "You have made this deposit: another person")
		code, page = b.get(b.session("sam"), at)
		b.wants(code, page, http.StatusOK, "A line of the bank that differs", "$49.99 on", "$0.01 less than the deposit")
		found := lineValue.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("no line in\n%s", page)
		}
		form := func(line, why string) url.Values { return url.Values{"line": {line}, "why": {why}} }
		code, page = b.post(b.session("carl"), at+"/accept", form(found[1], "the bank’s count"))
		b.wants(code, page, http.StatusUnprocessableEntity, "You have made this deposit")
		code, page = b.post(b.session("sam"), at+"/accept", form("", "the bank’s count"))
		b.wants(code, page, http.StatusUnprocessableEntity, "Choose the bank’s line", `value="the bank’s count"`)
		code, page = b.post(b.session("sam"), at+"/accept", form(found[1], ""))
		b.wants(code, page, http.StatusUnprocessableEntity, "Say why", "checked")
		code, page = b.post(b.session("sam"), at+"/accept", form(found[1], "the bank’s count"))
		b.wants(code, page, http.StatusSeeOther)
		code, page = b.get(b.session("sam"), at)
		b.wants(code, page, http.StatusOK, "at the bank", "Less at the bank, as accepted", "$0.01")
		code, page = b.post(b.session("sam"), at+"/accept", form(found[1], "again"))
		b.wants(code, page, http.StatusUnprocessableEntity)
		short := b.count(func(ctx context.Context, tx *store.Tx) (int, error) {
			all, err := tx.BalancesAsOf(ctx, b.now.AddDate(0, 0, 1))
			for _, a := range all {
				if a.Account == string(ledger.CashOverShort) {
					return int(a.Balance.Minor()), err
				}
			}
			return 0, err
		})
		if money.FromMinor(int64(short)) != money.FromMinor(1) {
			t.Errorf("over and short is %d cents", short)
		}
		code, page = b.post(b.session("fay"), "/finance/days/"+day.String()+"/close", nil)
		b.wants(code, page, http.StatusSeeOther)
	})
}
