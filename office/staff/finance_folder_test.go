package staff

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/money"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// folders gives a bench the folders into which files come: of tickets, whose reader is made up, and of the bank. A file of
// tickets is of as many rows as it has letters, one of them rejected where it says bad; what says broken can't be read.
func (b *bench) folders() (tickets, banks string, applied *[]string) {
	b.t.Helper()
	b.banks()
	tickets, banks, applied = b.t.TempDir(), b.t.TempDir(), &[]string{}
	text, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	if err != nil {
		b.t.Fatal(err)
	}
	totals := func(content string) ticket.FileTotals {
		return ticket.FileTotals{Rows: len(content), New: len(content) - 1, Rejected: 1, Fines: money.FromMinor(5000)}
	}
	b.pages.Intake = &Intake{
		Mappings: func() ([]string, error) { return []string{"handhelds"}, nil },
		Run: func(_ context.Context, ask ImportAsk) (Imported, error) {
			if string(ask.Content) == "broken" {
				return Imported{}, &FileFault{What: "no header", French: "pas d’en-tête"}
			}
			if ask.Apply {
				*applied = append(*applied, string(ask.Content))
			}
			t := totals(string(ask.Content))
			return Imported{Rows: t.Rows, New: t.New, Rejected: t.Rejected, Fines: t.Fines, Rejects: []RejectedRow{{Line: 4, Column: "Day", Reason: "not a day", French: "pas un jour"}}}, nil
		},
	}
	d, _ := b.pages.Deposits()
	b.pages.Folder = settle.NewFeeds(settle.FeedsConfig{
		Deposits: d.DepositsConfig, Calendar: func() payout.Calendar { return b.pages.Rules() },
		Rules: func() (payout.Rules, bool, error) {
			rules, faults := payout.ParseRules(text, b.pages.city.Currency)
			return rules, len(faults) == 0, nil
		},
		Folder: func() (*os.Root, error) { return os.OpenRoot(banks) },
		Tickets: settle.TicketFiles{
			Folder: func() (*os.Root, error) { return os.OpenRoot(tickets) }, Mapping: "handhelds",
			Run: func(_ context.Context, _ string, content []byte, _ string, _ bool) (ticket.FileTotals, error) {
				if string(content) == "broken" {
					return ticket.FileTotals{}, &settle.UnreadFile{Why: fmt.Errorf("no header")}
				}
				return totals(string(content)), nil
			},
		},
	})
	return tickets, banks, applied
}

// comes puts a file into a folder and has the office look until it is taken, and says what waits then.
func (b *bench) comes(dir, name, content string) []store.FolderFile {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
	ctx := context.Background()
	for range 2 {
		for _, look := range []func(context.Context) error{b.pages.Folder.Look, b.pages.Folder.LookTickets} {
			if err := look(ctx); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return b.filesWaiting()
}

func (b *bench) filesWaiting() (all []store.FolderFile) {
	b.t.Helper()
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = b.pages.waiting(ctx, tx)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// inQueue are the references of what waits for a person.
func (b *bench) inQueue() string {
	b.t.Helper()
	var refs []string
	err := b.pages.Store.Read(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.OpenExceptions(ctx, 100)
		refs = nil
		for _, e := range all {
			refs = append(refs, string(e.Kind)+" "+e.Ref)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(refs, "\n")
}

// A file of tickets that is held is looked at on the page on which what somebody brings is, and applied or refused there; the
// queue leads to it, and forgets it then.
func TestAHeldFileOfTicketsIsAppliedOrRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		dir, _, applied := b.folders()
		b.person("fay", "finance")
		b.person("cleo", "clerk")
		fay, cleo := b.session("fay"), b.session("cleo")
		all := b.comes(dir, "handhelds <b>.csv", "one bad row")
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		at := "/finance/files/held/" + all[0].ID
		code, page := b.get(fay, "/finance/files")
		b.wants(code, page, http.StatusOK, "Files that came by a folder", at, "handhelds &lt;b&gt;.csv", "More rows of it would not go in")
		code, page = b.get(fay, "/queue")
		b.wants(code, page, http.StatusOK, "A file of tickets waits")
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "Only looked at", "was not applied by itself", "Rejected</dt><dd class=\"govuk-summary-list__value\">1<", "not a day", "Apply it", "Refuse it")
		code, page = b.get(cleo, at)
		b.wants(code, page, http.StatusForbidden, "You may not do this")
		code, page = b.post(fay, at+"/refuse", url.Values{"note": {" "}})
		b.wants(code, page, http.StatusUnprocessableEntity, "note-error")
		if len(*applied) != 0 || len(b.filesWaiting()) != 1 {
			t.Errorf("looked at: %v", *applied)
		}
		code, page = b.post(fay, at+"/apply", nil)
		b.wants(code, page, http.StatusOK, "Applied.")
		if len(*applied) != 1 || len(b.filesWaiting()) != 0 || b.inQueue() != "" {
			t.Errorf("applied: %v, %v, %s", *applied, b.filesWaiting(), b.inQueue())
		}
		if _, err := os.Stat(filepath.Join(dir, "taken", "handhelds <b>.csv")); err != nil {
			t.Error(err)
		}
		if code, _ := b.post(fay, at+"/apply", nil); code != http.StatusSeeOther || len(*applied) != 1 {
			t.Errorf("sent twice: %d, %v", code, *applied)
		}
		// Another one is refused; what can't be read is not offered to be applied.
		at = "/finance/files/held/" + b.comes(dir, "b.csv", "broken")[0].ID
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "can’t be read by its mapping", "no header")
		if strings.Contains(page, "Apply it") {
			t.Error("what can't be read is offered to be applied")
		}
		code, page = b.post(fay, at+"/apply", nil)
		b.wants(code, page, http.StatusUnprocessableEntity, "can’t be read")
		if w := b.filesWaiting(); len(w) != 1 || w[0].State != store.FileHeld {
			t.Errorf("%+v", w)
		}
		if code, _ := b.post(fay, at+"/refuse", url.Values{"note": {"they make it anew"}}); code != http.StatusSeeOther {
			t.Errorf("refused: %d", code)
		}
		if len(b.filesWaiting()) != 0 || b.inQueue() != "" {
			t.Errorf("refused: %v, %s", b.filesWaiting(), b.inQueue())
		}
		if _, err := os.Stat(filepath.Join(dir, "refused", "b.csv")); err != nil {
			t.Error(err)
		}
		// One that somebody has begun to apply is applied to its end, by whoever comes.
		c := b.comes(dir, "c.csv", "third bad")[0]
		if _, err := b.pages.Folder.BeginHeld(context.Background(), c, "gil"); err != nil {
			t.Fatal(err)
		}
		at = "/finance/files/held/" + c.ID
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "gil has begun to apply it")
		code, page = b.post(fay, at+"/refuse", url.Values{"note": {"no"}})
		b.wants(code, page, http.StatusUnprocessableEntity, "Somebody has begun to apply it")
		code, page = b.post(fay, at+"/apply", nil)
		b.wants(code, page, http.StatusOK, "Applied.")
		// The same one that a person brings on the page is done with too.
		d := b.comes(dir, "d.csv", "fourth bad")[0]
		if err := b.pages.Folder.TicketsBrought(context.Background(), store.FolderFile{Digest: d.Digest, Name: "mine.csv", Who: "fay"}); err != nil || len(b.filesWaiting()) != 0 || b.inQueue() != "" {
			t.Errorf("brought: %v, %v", err, b.filesWaiting())
		}
		// A file that somebody takes out of the folder leads nowhere.
		e := b.comes(dir, "e.csv", "fifth bad")[0]
		if err := os.Remove(filepath.Join(dir, e.Place)); err != nil {
			t.Fatal(err)
		}
		if code, _ := b.get(fay, "/finance/files/held/"+e.ID); code != http.StatusSeeOther {
			t.Errorf("a file that is gone: %d", code)
		}
	})
}

// A file of the bank's that its folder has refused is looked at on the same page: the missing statement's word makes it go in.
func TestARefusedFileOfTheBankIsLookedAt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		_, dir, _ := b.folders()
		b.person("fay", "finance")
		fay := b.session("fay")
		day := city.DateOf(b.now, b.pages.city.Zone).AddDays(-20)
		first, later := gapFile(day, 100_00), gapFile(day.AddDays(5), 777_00)
		if all := b.comes(dir, "first.bai", first); len(all) != 0 {
			t.Fatalf("the first one: %+v", all)
		}
		all := b.comes(dir, "later.bai", later)
		if len(all) != 1 || all[0].Why != string(ticket.HoldGap) {
			t.Fatalf("%+v", all)
		}
		at := "/finance/files/held/" + all[0].ID
		code, page := b.get(fay, "/queue")
		b.wants(code, page, http.StatusOK, "Something has not arrived")
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "A statement before it is missing", "Why the statement that is missing", "Apply it")
		code, page = b.post(fay, at+"/apply", url.Values{"gap": {""}})
		b.wants(code, page, http.StatusUnprocessableEntity, "gap-error")
		code, page = b.post(fay, at+"/apply", url.Values{"gap": {"the bank has lost it"}})
		b.wants(code, page, http.StatusOK, "Applied.", "Taken all the same")
		if len(b.filesWaiting()) != 0 || strings.Contains(b.inQueue(), "bank_file") {
			t.Errorf("%+v, %s", b.filesWaiting(), b.inQueue())
		}
		if _, err := os.Stat(filepath.Join(dir, "taken", "later.bai")); err != nil {
			t.Error(err)
		}
		bad := b.comes(dir, "bad.bai", "01,no file of the bank\n")
		if len(bad) != 1 {
			t.Fatalf("%+v", bad)
		}
		at = "/finance/files/held/" + bad[0].ID
		code, page = b.get(fay, at)
		b.wants(code, page, http.StatusOK, "The bank’s file is not taken")
		if code, _ := b.post(fay, at+"/refuse", url.Values{"note": {"it is no file"}}); code != http.StatusSeeOther || len(b.filesWaiting()) != 0 || strings.Contains(b.inQueue(), "bank_file") {
			t.Errorf("%d, %+v, %s", code, b.filesWaiting(), b.inQueue())
		}
	})
}

// gapFile is a statement of the bank of one day that begins with an amount of cents and has one line.
func gapFile(day city.Date, opening int64) string {
	short := day.Start(time.UTC).Format("060102")
	closing := opening + 1000
	sum := opening + closing + 1000
	return fmt.Sprintf("01,B,C,%s,0500,1,,,2/\n02,C,B,1,%s,2400,CAD,2/\n03,000104762233,,010,%d,,,015,%d,,/\n16,142,1000,Z,BK%s1,PROPTAX,PROPERTY TAX/\n49,%d,3/\n98,%d,1,5/\n99,%d,1,7/\n",
		short, short, opening, closing, short, sum, sum, sum)
}
