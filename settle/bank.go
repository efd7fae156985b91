package settle

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"fundy/bank"
	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/money"
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
	Cheques    int                 `json:"matched_to_cheques"`
	Problems   []string            `json:"problems"`
}

// Bank takes a file of the bank whole, claims its lines by the city's rules, and matches them to payouts. The
// same file, or the same line in another file, changes nothing.
func (d *Deposits) Bank(ctx context.Context, name string, content []byte, mapping *bank.Mapping, apply bool) (Deposited, error) {
	f, err := bank.Read(content, mapping)
	if err != nil {
		return Deposited{}, err
	}
	today := city.DateOf(d.Now(), d.City.Zone)
	if err := d.Rules.Check(f, today); err != nil {
		return Deposited{}, err
	}
	file := store.BankFile{Digest: digestOf(content), Name: filepath.Base(name), Format: f.Format, Lines: len(f.Lines()), ReadAt: d.Now()}
	out := Deposited{}
	err = d.write(ctx, fault.AddBankFile, apply, func(ctx context.Context, tx *store.Tx) error {
		out = Deposited{Format: f.Format, Statements: len(f.Statements), Problems: []string{}}
		fresh, err := tx.AddBankFile(ctx, file)
		if err != nil {
			return err
		}
		out.Known = !fresh
		for _, s := range f.Statements {
			if err := d.statementIn(ctx, tx, file.Digest, s, &out); err != nil {
				return err
			}
		}
		if out.Cheques, err = d.chequesIn(ctx, tx, d.Now()); err != nil {
			return err
		}
		out.Matched, err = d.matchIn(ctx, tx)
		return err
	})
	if err != nil || !apply {
		return out, err
	}
	return out, d.banked(ctx)
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
		fresh, err := tx.AddBankLine(ctx, store.BankLine{ID: id, File: file, Line: l, Claim: claim, Rule: rule}, d.Now())
		if err != nil {
			return err
		}
		if fresh {
			out.New++
		} else {
			out.Same++
		}
		if claim == payout.Undecided {
			out.Problems = append(out.Problems, fmt.Sprintf("line %d: %s of %s, type %s, reference %q, is nobody's by the rules: write a rule for it in deposits.toml and read the file again", l.At, l.Amount, l.Value, l.Type, l.Reference))
		}
		if err := total(&out.Claims, d.Rules.AccountName(l.Account), claim, l.Amount); err != nil {
			return err
		}
	}
	return nil
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
