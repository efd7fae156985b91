package lived

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fundy/city"
	"fundy/payout"
	"fundy/processor"
	"fundy/store"
)

// bankLine is a line of the bank's: in cents, negative where it was taken from the account.
type bankLine struct {
	code      int
	cents     int64
	reference string
	text      string
}

// bankBook is the city's account as its bank keeps it: each statement begins where the one before it ended.
type bankBook struct {
	account string
	balance int64
	lines   map[city.Date][]bankLine
}

func newBankBook(account string) *bankBook {
	return &bankBook{account: account, balance: 10_000_000, lines: map[city.Date][]bankLine{}}
}

func (b *bankBook) add(day city.Date, l bankLine) { b.lines[day] = append(b.lines[day], l) }

// statement is the bank's file of a day, in BAI2: what is ours among what is not.
func (b *bankBook) statement(day city.Date) []byte {
	lines := b.lines[day]
	delete(b.lines, day)
	if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
		for i := range 3 {
			lines = append(lines, bankLine{142, int64(1000 + (i*7919+day.Start(time.UTC).YearDay()*104729)%90000), "PROPTAX", fmt.Sprintf("PROPERTY TAX %d", i)})
		}
		lines = append(lines, bankLine{475, -int64(20000 + day.Day*731), "CHEQUE", "CHEQUE PAID"})
	}
	var body strings.Builder
	short, opening, control := day.Start(time.UTC).Format("060102"), b.balance, int64(0)
	for i, l := range lines {
		b.balance += l.cents
		control += max(l.cents, -l.cents)
		fmt.Fprintf(&body, "16,%d,%d,Z,BK%s%03d,%s,%s/\n", l.code, max(l.cents, -l.cents), short, i, l.reference, l.text)
	}
	control += opening + b.balance
	return fmt.Appendf(nil, "01,SANDBANK,CITY,%s,0500,1,,,2/\n02,CITY,SANDBANK,1,%s,2400,CAD,2/\n03,%s,CAD,010,%d,,,015,%d,,/\n%s49,%d,%d/\n98,%d,1,%d/\n99,%d,1,%d/\n",
		short, short, b.account, opening, b.balance, body.String(), control, len(lines)+2, control, len(lines)+4, control, len(lines)+6)
}

// fetch reads the card processor's payouts, as the office does by itself.
func (t *town) fetch(ctx context.Context, day city.Date) error {
	_, err := t.deposits.Fetch(ctx, true)
	if err != nil {
		return fmt.Errorf("read payouts: %w", err)
	}
	return t.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		payouts, err := tx.Payouts(ctx, t.clock.now().Add(-10*24*time.Hour))
		for _, p := range payouts {
			if p.State != processor.PayoutPaid || t.paidOut[p.ID] {
				continue
			}
			t.paidOut[p.ID] = true
			code := 165
			if p.Amount.IsNegative() {
				code = 455
			}
			shown := payout.DayOf(p.Arrival)
			if yesterday := day.AddDays(-1); shown.Compare(yesterday) < 0 {
				shown = yesterday // whose file is still to be written
			}
			t.bank.add(shown, bankLine{code, p.Amount.Minor(), p.Trace, "STRIPE TRANSFER"})
		}
		return err
	})
}

// readBank takes the bank's file of a day. Those of the last two working days have not come: somebody is to ask for them.
func (t *town) readBank(ctx context.Context, day city.Date) error {
	if day.Compare(t.before(t.before(t.last))) >= 0 || day.Compare(t.first) < 0 {
		return nil
	}
	_, err := t.deposits.Bank(ctx, "bank-"+day.String()+".bai", t.bank.statement(day), nil, true)
	if err != nil {
		return fmt.Errorf("read the bank's file: %w", err)
	}
	return nil
}

// closeDays closes the days that are old enough, in their order, until one can't be.
func (t *town) closeDays(ctx context.Context, day city.Date) error {
	for t.openDay.Compare(day.AddDays(-closing)) <= 0 {
		if _, err := t.deposits.Close(ctx, t.openDay, true); err != nil {
			t.why = err // a person looks at it, and the day is closed later
			return nil
		}
		t.openDay = t.openDay.AddDays(1)
		t.sum.Closed++
	}
	return nil
}
