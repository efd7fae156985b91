package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bankAccount is where the sandbox's payouts go.
const bankAccount = "000104762233"

// bankLine is one line of the bank's account.
type bankLine struct {
	code        int
	amount      int64 // signed
	bank, other string
	text        string
}

// controlBank is the bank's file of a range of days, as BAI2: each payout that arrived, among other people's
// lines. wrong plants an error: "cent", "missing", "twice" (the totals are the bank's own and agree), "day",
// "account", "currency", "year", or "total".
func (s *Server) controlBank(r *http.Request) (any, error) {
	q := r.URL.Query()
	from, err := time.Parse(time.DateOnly, q.Get("from"))
	if err != nil {
		return nil, err
	}
	to, err := time.Parse(time.DateOnly, q.Get("to"))
	if err != nil {
		return nil, err
	}
	others, _ := strconv.Atoi(q.Get("others"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lapse()
	return map[string]any{"file": s.bankFile(from, to, others, q.Get("wrong"))}, nil
}

func (s *Server) bankFile(from, to time.Time, others int, wrong string) string {
	account, currency := bankAccount, "CAD"
	if wrong == "account" {
		account = "000999999999"
	}
	if wrong == "currency" {
		currency = "USD"
	}
	var out strings.Builder
	stamp := to.AddDate(0, 0, 1).Format("060102")
	fmt.Fprintf(&out, "01,SANDBANK,CITY,%s,0500,1,,,2/\n", stamp)
	records, groups, all := 2, 0, int64(0) // with its own two
	balance := s.bankOpening(from, others)
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		lines := s.bankDay(day, others, wrong)
		shown := day
		if wrong == "year" {
			shown = day.AddDate(-1, 0, 0)
		}
		fmt.Fprintf(&out, "02,CITY,SANDBANK,1,%s,2400,%s,2/\n", shown.Format("060102"), currency)
		opening, control := balance, int64(0)
		var body strings.Builder
		for _, l := range lines {
			balance += l.amount
			fmt.Fprintf(&body, "16,%d,%d,Z,%s,%s,%s/\n", l.code, max(l.amount, -l.amount), l.bank, l.other, l.text)
			control += max(l.amount, -l.amount)
		}
		control += opening + balance
		if wrong == "total" {
			control++
		}
		fmt.Fprintf(&out, "03,%s,%s,010,%d,,,015,%d,,/\n%s49,%d,%d/\n", account, currency, opening, balance, body.String(), control, len(lines)+2)
		fmt.Fprintf(&out, "98,%d,1,%d/\n", control, len(lines)+4)
		records += len(lines) + 4
		groups++
		all += control
	}
	fmt.Fprintf(&out, "99,%d,%d,%d/\n", all, groups, records)
	return out.String()
}

// bankSince is the account's first day: each statement begins where the one before it ended.
var bankSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// bankOpening is what the account holds at the start of a day.
func (s *Server) bankOpening(from time.Time, others int) int64 {
	balance := int64(10_000_000)
	for day := bankSince; day.Before(from); day = day.AddDate(0, 0, 1) {
		for _, l := range s.bankDay(day, others, "") {
			balance += l.amount
		}
	}
	return balance
}

// bankDay is what the bank enters on a day.
func (s *Server) bankDay(day time.Time, others int, wrong string) []bankLine {
	if wrong == "day" {
		day = day.AddDate(0, 0, -9) // the money of nine days ago
	}
	var lines []bankLine
	for i := range others {
		amount := int64(1000 + (i*7919+day.YearDay()*104729)%90000)
		l := bankLine{code: 142, amount: amount, bank: fmt.Sprintf("BK%s%04d", day.Format("060102"), i), other: "PROPTAX", text: "PROPERTY TAX " + strconv.Itoa(i)}
		if i%3 == 2 {
			l.code, l.amount, l.other, l.text = 475, -amount, "CHEQUE", "CHEQUE PAID"
		}
		lines = append(lines, l)
	}
	for _, p := range s.state.Payouts {
		if p.Status != "paid" || time.Unix(p.Arrival, 0).UTC().Format(time.DateOnly) != day.Format(time.DateOnly) || wrong == "missing" {
			continue
		}
		l := bankLine{code: 165, amount: p.Amount, bank: "BK" + p.Trace[:8], other: p.Trace, text: "STRIPE TRANSFER"}
		if p.Amount < 0 {
			l.code = 455
		}
		if wrong == "cent" {
			l.amount--
		}
		lines = append(lines, l)
		if wrong == "twice" {
			lines = append(lines, l)
		}
	}
	return lines
}
