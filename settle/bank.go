package settle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fundy/bank"
	"fundy/city"
	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/payout"
	"fundy/store"
)

// Deposited is what a bank's file came to.
type Deposited struct {
	Format     string              `json:"format"`
	Statements int                 `json:"statements"`
	Known      bool                `json:"file_known"` // the same file had come before
	New        int                 `json:"lines_new"`
	Same       int                 `json:"lines_known"`
	Claims     []payout.ClaimTotal `json:"claims"`
	Matched    int                 `json:"matched_to_payouts"`
	Gaps       []string            `json:"gaps"` // statements taken although the one before them is missing
	GapFaults  []*bank.Fault       `json:"-"`    // the same, for a page in the reader's language
	Cheques    int                 `json:"matched_to_cheques"`
	Counter    Counter             `json:"counter"`
	Problems   []string            `json:"problems"`
	Cards      []int               `json:"card_like,omitempty"` // lines of the file whose text looked like a card's number, and is not kept
}

// Despite is why a person has a file taken although a statement before it is missing.
type Despite struct {
	Why string
	By  string // who says so
}

func (p Despite) check() error {
	switch {
	case p == (Despite{}):
		return nil
	case !payment.StaffName(p.By):
		return fmt.Errorf("%q is not a name that staff can have: small letters, digits and . _ -", p.By)
	case strings.TrimSpace(p.Why) == "" || len(p.Why) > longestWhy || strings.ContainsAny(p.Why, "\r\n"):
		return fmt.Errorf("say in one line of at most %d letters why the statement that is missing can't be had: it is kept for good", longestWhy)
	case desk.HasCard(p.Why):
		return errors.New("what you wrote looks like a card number: write it without")
	}
	return nil
}

// Bank takes a file of the bank whole, claims its lines by the city's rules, and matches them to payouts. The
// same file, or the same line in another file, changes nothing.
func (d *Deposits) Bank(ctx context.Context, name string, content []byte, mapping *bank.Mapping, apply bool) (Deposited, error) {
	return d.BankDespite(ctx, name, content, mapping, Despite{}, apply)
}

// BankDespite is Bank of a file that a person has taken although a statement before it is missing. A statement that
// does not begin where the account's last one ended is refused otherwise, as a payout.Gap.
func (d *Deposits) BankDespite(ctx context.Context, name string, content []byte, mapping *bank.Mapping, despite Despite, apply bool) (Deposited, error) {
	f, err := bank.Read(content, mapping)
	if err != nil {
		return Deposited{}, withoutCards(err)
	}
	err = despite.check()
	if err == nil && desk.HasCard(name) {
		err = errors.New("the file's name holds what looks like a card number: give it another name")
	}
	if err != nil {
		return Deposited{}, err
	}
	today := city.DateOf(d.Now(), d.City.Zone)
	if err := d.Rules.Check(f, today); err != nil {
		return Deposited{}, withoutCards(err)
	}
	file := store.BankFile{Digest: digestOf(content), Name: filepath.Base(name), Format: f.Format, Lines: len(f.Lines()), ReadAt: d.Now()}
	out := Deposited{}
	err = d.write(ctx, fault.AddBankFile, apply, func(ctx context.Context, tx *store.Tx) error {
		out = Deposited{Format: f.Format, Statements: len(f.Statements), Gaps: []string{}, Problems: []string{}}
		fresh, err := tx.AddBankFile(ctx, file)
		if err != nil {
			return err
		}
		out.Known = !fresh
		for _, s := range inOrder(f.Statements) {
			if fresh { // the same file has passed, or a person has let it
				if err := d.followsIn(ctx, tx, file.Digest, s, despite, &out); err != nil {
					return err
				}
			}
			if err := d.statementIn(ctx, tx, file.Digest, s, &out); err != nil {
				return err
			}
		}
		if out.Cheques, err = d.chequesIn(ctx, tx, d.Now()); err != nil {
			return err
		}
		if out.Matched, err = d.matchIn(ctx, tx); err != nil {
			return err
		}
		if out.Counter, err = d.matchCounterIn(ctx, tx); err != nil {
			return err
		}
		if err := bankFileTaken(ctx, tx, file.Digest, despite.By, d.Now()); err != nil {
			return err
		}
		return d.statementsCame(ctx, tx, d.Now())
	})
	if err != nil || !apply {
		return out, err
	}
	return out, d.banked(ctx)
}

// refusedRef is what the exception about a bank's file is about that was refused.
func refusedRef(digest string) string { return "bank_file/" + digest[:16] }

// inOrder is a file's statements, the oldest first: some banks write the newest first.
func inOrder(all []bank.Statement) []bank.Statement {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b bank.Statement) int { return a.Day.Compare(b.Day) })
	return sorted
}

// followsIn wants a statement to begin where the account's last one ended, or a person's word for it.
func (d *Deposits) followsIn(ctx context.Context, tx *store.Tx, file string, s bank.Statement, despite Despite, out *Deposited) error {
	taken, err := tx.StatementsBefore(ctx, s.Account, s.Day)
	if err != nil {
		return err
	}
	gap := d.Rules.Follows(s, taken)
	if gap == nil {
		return nil
	}
	if despite.Why == "" {
		return gap
	}
	out.Gaps, out.GapFaults = append(out.Gaps, gap.What), append(out.GapFaults, gap.Fault)
	now := d.Now()
	if err := tx.AddGap(ctx, file, s, *gap, despite.Why, despite.By, now); err != nil {
		return err
	}
	return tx.Tell(ctx, "statement_gap", now, map[string]any{
		"account": gap.Account, "day": gap.Day, "last": gap.Last, "difference_minor": gap.Difference.Minor(), "by": despite.By, "why_sha256": digestOf([]byte(despite.Why)),
	})
}

func (d *Deposits) statementIn(ctx context.Context, tx *store.Tx, file string, s bank.Statement, out *Deposited) error {
	if err := tx.AddStatement(ctx, file, s); err != nil {
		return err
	}
	times := map[string]int{}
	for _, l := range s.Lines {
		// Lines that are the same in all that the bank says are told apart by their place among themselves.
		fields := []string{l.Account, l.Value.String(), l.Booked.String(), l.Amount.String(), l.Currency, l.Type, l.Reference, l.Text}
		key := fmt.Sprintf("%q", fields)
		times[key]++
		claim, rule := d.Rules.Claim(l)
		id := "bnk_" + ident.Encode(d.Digest(append(fields, strconv.Itoa(times[key]))...)[:10])
		l, card, err := d.screened(ctx, tx, l)
		if err != nil {
			return err
		}
		if card {
			out.Cards = append(out.Cards, l.At)
		}
		fresh, claimed, err := tx.AddBankLine(ctx, store.BankLine{ID: id, File: file, Line: l, Claim: claim, Rule: rule}, d.Now())
		if err != nil {
			return err
		}
		if fresh {
			out.New++
		} else {
			out.Same++
		}
		if err := d.nobodysIn(ctx, tx, id, l, claim, claimed); err != nil {
			return err
		}
		if claim == payout.Undecided {
			out.Problems = append(out.Problems, fmt.Sprintf("line %d: %s of %s, type %s, reference %q, is nobody's by the rules: write a rule for it in deposits.toml and read the file again", l.At, l.Amount, l.Value, cmp.Or(l.Type, "–"), l.Reference))
		}
		if err := total(&out.Claims, d.Rules.AccountName(l.Account), claim, l.Amount); err != nil {
			return err
		}
	}
	return nil
}

// nobodysIn puts a line before a person that is nobody's by the rules, once, and takes it out of the queue when a
// rule has been written for it.
func (d *Deposits) nobodysIn(ctx context.Context, tx *store.Tx, id string, l bank.Line, claim payout.Claim, claimed bool) error {
	if claimed {
		return Settled(ctx, tx, payment.ExceptionLine, id, "claimed by a rule as "+string(claim), "", d.Now())
	}
	if claim != payout.Undecided {
		return nil
	}
	// What the bank wrote beside it can name a person: it stays with the line.
	note := fmt.Sprintf("the bank's line %d, %s of %s, type %s, is nobody's by the rules: write a rule for it in deposits.toml and read the file again", l.At, l.Amount, l.Value, cmp.Or(clipType(l.Type), "–"))
	return raiseOnce(ctx, tx, payment.ExceptionLine, id, l.Amount, note, d.Now())
}

// clipType bounds a bank's code for a message.
func clipType(code string) string {
	if len(code) > 20 {
		return code[:20] + "…"
	}
	return code
}

// total adds a line to the sum of its claim.
func total(all *[]payout.ClaimTotal, account string, claim payout.Claim, a money.Amount) error {
	for i := range *all {
		t := &(*all)[i]
		if t.Account == account && t.Claim == claim {
			sum, err := t.Sum.Add(a)
			t.Count, t.Sum = t.Count+1, sum
			return err
		}
	}
	*all = append(*all, payout.ClaimTotal{Account: account, Claim: claim, Count: 1, Sum: a})
	return nil
}
