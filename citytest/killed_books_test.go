package citytest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/fault"
)

// What people may do, and what the city's rules are: asked for once, decided once, whoever was not answered.
func TestAnOfficeKilledWhileRightsAndRulesChange(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) {
		do(w.t, w.Demo())
		_, err := w.Joins(w.ctx, "carl", "clerk")
		do(w.t, err)
	}
	killedWalk(t, fault.PeopleSteps, begin, func(w *killing) []deed {
		asked := func(table string) string {
			return w.one("select id from " + table + " where state = 'asked' and asked_by = 'anne' and id not in ('" + w.kept["not"] + "')")
		}
		upload := func(content string) func(w *killing) error { // a file that is forgotten is brought again
			return func(w *killing) error {
				if err := w.anne.Open(w.ctx, "/finance/files"); err != nil {
					return err
				}
				form, err := w.anne.Form("/finance/files/tickets")
				do(w.t, err)
				form.Set("mapping", "template")
				if err := w.anne.Upload(w.ctx, "/finance/files/tickets", form, "more.csv", []byte(content)); err != nil {
					return err
				}
				apply := w.anne.Action("/finance/files/")
				form, err = w.anne.Form(apply)
				do(w.t, err)
				err = w.anne.Send(w.ctx, apply, form)
				w.read = w.anne.Page
				return err
			}
		}
		day := w.one("select max(issued_on) from ticket")
		more := "number,day,time,code,plate\nT-100," + day + ",10:00,LOADING,PLT 100\n"
		other := "number,day,time,code,plate\nT-000," + day + ",10:00,METER,PLT 000\n"
		return []deed{
			{step: fault.UseSession, made: "select count(*) from staff_session where name = 'ben' and seen_at > began_at", ready: func(w *killing) {
				do(w.t, w.Clock.Add(31*time.Second))
			}, do: func(w *killing) error {
				err := w.ben.Open(w.ctx, "/")
				w.read = w.ben.Page
				return err
			}},
			{step: fault.InvitePerson, made: "select count(*) from staff_person", says: "take another", do: func(w *killing) error {
				return w.presses(w.anne, "/people", "/people", "name", "emil", "role", "clerk")
			}},
			{step: fault.ChangeRights, made: "select count(*) from staff_change", do: func(w *killing) error {
				w.kept["not"] = w.one("select id from staff_change where name = 'emil'")
				return w.presses(w.anne, "/people/carl", "/people/carl/roles", "role", "clerk", "role", "finance")
			}},
			{step: fault.EndSession, made: "select count(*) from staff_session where name = 'carl' and ended_at is not null", do: func(w *killing) error {
				return w.presses(w.anne, "/people/carl", "/people/carl/sessions/end")
			}},
			{step: fault.ChangeRights, made: "select count(*) from staff_change where state = 'approved'", do: func(w *killing) error {
				if w.form == nil {
					w.kept["change"] = asked("staff_change")
				}
				return w.presses(w.ben, "/people", "/changes/"+w.kept["change"]+"/approve")
			}},
			{step: fault.ReviewAccess, made: "select count(*) from access_review", do: func(w *killing) error {
				return w.presses(w.anne, "/access", "/access")
			}},
			{step: fault.AskRules, made: "select count(*) from rule_change", do: func(w *killing) error {
				return w.presses(w.anne, "/finance/rules", "/finance/rules/holiday", "day", w.Clock.Now().AddDate(0, 0, 40).Format(time.DateOnly), "name_en", "Harbour Day", "name_fr", "Fête du havre", "resolution", "2027-1")
			}},
			{step: fault.DecideRules, made: "select count(*) from city_rule where kind = 'holiday' and body like '%Harbour Day%'", do: func(w *killing) error {
				if w.form == nil {
					w.kept["rule"], w.kept["not"] = asked("rule_change"), ""
				}
				return w.presses(w.ben, "/finance/rules/"+w.kept["rule"], "/finance/rules/"+w.kept["rule"]+"/approve")
			}},
			{step: fault.ApplyFile, do: upload(more)},
			// A report is a copy of its figures: who did not get it takes another, and each is on the log.
			{step: fault.ExportReport, do: func(w *killing) error {
				return w.presses(w.anne, "/finance/reports", "/finance/reports/file", "format", "csv")
			}},
			{step: fault.ImportBatch, made: "select count(*) from import_quarantine where resolved_at is null", ready: func(w *killing) { w.moves(0) }, do: upload(other)},
			{step: fault.ResolveHeldRow, made: "select count(*) from import_quarantine where resolved_at is not null", do: func(w *killing) error {
				if w.form == nil {
					w.kept["row"] = w.one("select id from import_quarantine")
				}
				return w.presses(w.ben, "/held/"+w.kept["row"], "/held/"+w.kept["row"]+"/close", "reason", "the ticket is right")
			}},
		}
	})
}

// Money is followed to the bank while each command dies before and after each of its steps: everything is entered once.
func TestACommandKilledOnTheWayToTheBank(t *testing.T) {
	t.Parallel()
	begin := func(w *killing) {
		do(w.t, w.Demo())
		do(w.t, w.Office.Start(""))
		w.answers()
		day := w.Clock.Now().Format(time.DateOnly)
		w.beginsPayment(0)
		w.pays()
		do(w.t, w.Adjust(w.ctx, "moon_dust", -123))
		w.moves(9 * 24 * time.Hour)
		text, err := w.BankFile(w.ctx, day, w.Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly))
		do(w.t, err)
		w.kept["file"] = filepath.Join(w.t.TempDir(), "bank.bai")
		do(w.t, os.WriteFile(w.kept["file"], []byte(text), 0o600))
	}
	verb := func(args ...string) func(w *killing) []string {
		return func(*killing) []string { return append(strings.Fields(strings.Join(args, " ")), "--apply") }
	}
	killedWalk(t, fault.BankSteps, begin, func(w *killing) []deed {
		unknown := func(w *killing) []string {
			line := w.one("select id from processor_line where class = 'unknown'")
			return []string{"settle", "explain", line, "--as", "fee", "--why", "a levy", "--apply"}
		}
		return []deed{
			{steps: []fault.Step{fault.CallPayouts, fault.CallLines, fault.AddLines, fault.MovePaid, fault.AddPayout, fault.MatchBank}, made: "select count(*) from payout", most: 1, verb: verb("settle", "fetch")},
			{steps: []fault.Step{fault.AddBankFile}, made: "select count(*) from bank_file", verb: verb("settle", "bank", w.kept["file"])},
			{steps: []fault.Step{fault.ExplainItem}, made: "select count(*) from settlement_word", says: "has been explained already", verb: unknown},
		}
	})
}
