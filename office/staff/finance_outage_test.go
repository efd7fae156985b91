package staff

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fundy/settle"
	"fundy/store"
	"fundy/store/storetest"
)

// rulesLeaves are what the log was told of rules that were decided.
func rulesLeaves(t *testing.T, config store.Config) (all []settle.RulesLeaf) {
	t.Helper()
	driver, name := "sqlite", config.Path
	if config.Driver == "postgres" {
		driver, name = "pgx", config.DSN
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "select opening from leaf where kind = 'rules' order by at")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var opening string
		var one settle.RulesLeaf
		if err := rows.Scan(&opening); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(opening), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// The pages are away from half past ten in the evening until half past midnight. One person declares it, with days and times,
// while it lasts; another approves it: the deadline that fell in it moves to the end of the first whole working day after it, and
// that of the next evening does not. It stands in the list, and on the log with what it moved.
func TestAnOutageOfSomeHours(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, config store.Config) {
		b := newBench(t, config)
		b.standing()
		b.person("fay", "finance", "clerk")
		b.person("sam", "supervisor")
		// Issued on 1 June: the first price, of 15 days, holds to the end of 16 June, a Tuesday. The other is of a day later.
		first := b.owed("SJ1")
		b.now = b.now.Add(24 * time.Hour)
		second := b.owed("SJ2")
		b.now = time.Date(2026, 6, 17, 2, 0, 0, 0, time.UTC) // 16 June, 11 in the evening
		fay := b.session("fay")
		away := func(change ...string) url.Values {
			form := url.Values{
				"kind": {"outage"}, "from": {"2026-06-16"}, "from_time": {"22:30"}, "until": {"2026-06-17"}, "until_time": {"00:30"},
				"why_en": {"The pages were away"}, "why_fr": {"Pages hors service"},
			}
			for i := 0; i < len(change); i += 2 {
				form.Set(change[i], change[i+1])
			}
			return form
		}
		for _, wrong := range []struct {
			form url.Values
			says string
		}{
			{away("from_time", ""), "Write days and times"}, {away("from_time", "24:30"), "Write days and times"}, {away("until", ""), "Write days and times"}, {away("until_time", "half past"), "Write days and times"},
			{away("until", "2026-06-16", "until_time", "22:30"), "It ends after it has begun"}, {away("until", "2026-07-18"), "longer than 31 days"}, {away("why_fr", ""), "in both languages"},
			{away("from", "2026-02-16", "until", "2026-02-17"), "the last 60 days"},
		} {
			code, page := b.post(fay, "/finance/rules/outage", wrong.form)
			b.wants(code, page, http.StatusUnprocessableEntity, wrong.says, `value="outage" selected`, `value="`+wrong.form.Get("from_time")+`"`, `value="`+wrong.form.Get("until_time")+`"`, "The pages were away")
		}
		at := b.asks(fay, "/finance/rules/outage", away())
		code, page := b.get(fay, at)
		b.wants(code, page, http.StatusOK, "June 16, 2026, 10:30 p.m.", "June 17, 2026, 12:30 a.m.", "Deadlines of unpaid tickets that move: 1", "SJ1", "to the end of June 16, 2026", "to the end of June 18, 2026", "another person approves it")
		if strings.Contains(page, "SJ2") {
			t.Error("another evening’s deadline moves")
		}
		code, page = b.post(fay, at+"/approve", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "You have asked for it")

		b.now = time.Date(2026, 6, 17, 12, 0, 0, 0, time.UTC)
		fay = b.session("fay")
		sam := b.session("sam")
		b.due(fay, first, "$75.00") // nothing has been approved
		code, page = b.get(fay, "/finance/rules")
		b.wants(code, page, http.StatusOK, "None was declared.")
		code, _ = b.post(sam, at+"/approve", nil)
		b.wants(code, "", http.StatusSeeOther)
		for _, want := range []struct {
			day           int // of June
			first, second string
		}{{17, "$50.00", "$50.00"}, {18, "$50.00", "$75.00"}, {19, "$75.00", "$75.00"}} {
			b.now = time.Date(2026, 6, want.day, 12, 0, 1, 0, time.UTC)
			fay = b.session("fay")
			b.due(fay, first, want.first)
			b.due(fay, second, want.second)
		}
		code, page = b.get(fay, "/finance/rules")
		b.wants(code, page, http.StatusOK, "June 16, 2026, 10:30 p.m.", "June 17, 2026, 12:30 a.m.", "The pages were away")
		leaves := rulesLeaves(t, config)
		if len(leaves) != 1 || leaves[0].Moved != 1 || len(leaves[0].MovedList) != 64 || leaves[0].AskedBy != "fay" || leaves[0].DecidedBy != "sam" || leaves[0].Kind != store.RuleOutage || len(leaves[0].Rows) != 1 {
			t.Errorf("the log: %+v", leaves)
		}
	})
}
