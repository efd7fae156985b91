package payout

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"fundy/city"
	"fundy/money"
	"fundy/processor"
)

// sheet adds a day up.
type sheet struct {
	Book
	rules  Rules
	report Report
	sums   map[string]*Variance // of one kind, by what they are
	order  []string
	onDay  map[string]*OnPayout
	kinds  map[string]*TenderTotal
	onSlip map[string]*OnSlip
	err    error
}

func (r Rules) sheet(b Book) *sheet {
	return &sheet{
		Book: b, rules: r, sums: map[string]*Variance{}, onDay: map[string]*OnPayout{},
		kinds: map[string]*TenderTotal{}, onSlip: map[string]*OnSlip{},
		report: Report{Day: b.Day, AsOf: b.Today, Classes: map[Class]money.Amount{}, Variances: []Variance{}},
	}
}

// plus adds, and remembers that a sum became too large.
func (s *sheet) plus(to *money.Amount, a money.Amount) {
	sum, err := to.Add(a)
	if err != nil {
		s.err = err
		return
	}
	*to = sum
}

// vary adds a difference to its class and to the variance of its kind.
func (s *sheet) vary(class Class, amount money.Amount, from city.Date, ref, what string) {
	sum := s.report.Classes[class]
	s.plus(&sum, amount)
	s.report.Classes[class] = sum
	s.note(class, amount, from, ref, what).Summed = true
}

func (s *sheet) note(class Class, amount money.Amount, from city.Date, ref, what string) *Variance {
	key := string(class) + "\x00" + ref + "\x00" + what
	v := s.sums[key]
	if v == nil {
		v = &Variance{Class: class, Ref: ref, What: what}
		s.sums[key], s.order = v, append(s.order, key)
	}
	v.Count++
	v.Age = max(v.Age, Age(s.Calendar, from, s.Today))
	s.plus(&v.Amount, amount)
	return v
}

func (s *sheet) taken(t Taken) {
	day := city.DateOf(t.At, s.Zone)
	s.report.Captures++
	s.plus(&s.report.Gross, t.Amount)
	s.of(t.Attempt.Ref(), t.Amount, day, right)
	if t.Line == "" {
		class, what := s.unseen(day)
		ref := ""
		if class == Unknown {
			ref = t.Attempt.Ref()
		}
		s.vary(class, t.Amount, day, ref, what)
		return
	}
	if !t.Fee.IsZero() {
		s.vary(Fee, t.Fee, day, "", "fees on charges")
	}
	net, err := t.Amount.Sub(t.Fee)
	if err != nil {
		s.err = err
	}
	s.place(net, t.Payout, day)
}

// unseen is what it means that a capture is in no payout yet.
func (s *sheet) unseen(day city.Date) (Class, string) {
	if age := Age(s.Calendar, day, s.Today); age > s.rules.Late {
		return Unknown, fmt.Sprintf("captured, and after %d business days in no payout: fetch the payouts, then ask the processor about it", age)
	}
	return Timing, "captured, in no payout yet"
}

func (s *sheet) line(l Line) {
	if l.Kind == processor.LineReturned {
		return // money that went back and goes out again: what is in the payout that failed says where it is
	}
	day := city.DateOf(l.CreatedAt, s.Zone)
	what := string(l.Kind) + " at the processor (" + l.Word + ")"
	if l.Class == Unknown {
		what = "a line of the processor's: " + l.Why
	}
	s.of(l.ID, l.Amount.Neg(), day, right)
	s.vary(l.Class, l.Amount.Neg(), day, l.ID, what)
	if !l.Fee.IsZero() {
		s.vary(Fee, l.Fee, day, l.ID, "the fee of it")
	}
	s.place(l.Net, l.Payout, day)
}

// final is the payout with which money went out for good: a failed one's goes out again with a later one.
func (b Book) final(id string) Where {
	w := b.Payouts[id]
	for tries := 0; !w.Failed.IsZero() && w.AgainIn != "" && tries < 100; tries++ {
		w = b.Payouts[w.AgainIn]
	}
	return w
}

// place says where money is that is in a payout.
func (s *sheet) place(net money.Amount, id string, day city.Date) {
	w := s.final(id)
	s.plus(&s.report.Net, net)
	on := s.onDay[w.ID]
	if on == nil {
		on = &OnPayout{ID: w.ID, Amount: w.Amount, Arrival: w.Arrival, BankedOn: w.BankedOn, Failed: w.Failed}
		s.onDay[w.ID] = on
	}
	s.plus(&on.OfDay, net)
	s.of(w.ID, w.Amount, w.Arrival, right)
	class, from, what := s.standing(w, day)
	if class == None {
		s.plus(&s.report.Bank, net)
		return
	}
	s.vary(class, net, from, w.ID, what)
}

// standing is what it means where a payout is; None: at the bank.
func (s *sheet) standing(w Where, day city.Date) (Class, city.Date, string) {
	last := s.rules.LastDay(w.Arrival, s.Calendar)
	switch {
	case !w.Failed.IsZero():
		if Age(s.Calendar, w.Failed, s.Today) > s.rules.Late {
			return Unknown, w.Failed, fmt.Sprintf("the payout of %s failed on %s, and its money has not gone out again: put the bank account right at the processor", w.Amount, w.Failed)
		}
		return Timing, w.Failed, fmt.Sprintf("the payout of %s failed on %s: its money goes out again with a later one", w.Amount, w.Failed)
	case !w.BankedOn.IsZero():
		return None, day, ""
	case s.Today.Compare(last) <= 0:
		return Timing, w.Arrival, fmt.Sprintf("on its way to the bank, to arrive on %s", w.Arrival)
	}
	return Unknown, w.Arrival, fmt.Sprintf("the payout of %s was to be at the bank on %s, by %s at the latest, and no line of the bank is it: is a file of the bank missing? Else ask the processor", w.Amount, w.Arrival, last)
}

// adds checks that the day adds up: what was taken is at the bank or has a class.
func (s *sheet) adds() error {
	sum := s.report.Bank
	for _, a := range s.report.Classes {
		s.plus(&sum, a)
	}
	if s.err == nil && sum != s.report.Gross {
		return fmt.Errorf("the day does not add up: taken %s, bank and differences %s", s.report.Gross, sum)
	}
	return s.err
}

func (s *sheet) payouts() {
	for _, on := range s.onDay {
		s.report.Payouts = append(s.report.Payouts, *on)
		s.plus(&s.report.PaidOut, on.OfDay)
	}
	sort.Slice(s.report.Payouts, func(i, j int) bool {
		a, b := s.report.Payouts[i], s.report.Payouts[j]
		if c := a.Arrival.Compare(b.Arrival); c != 0 {
			return c < 0
		}
		return a.ID < b.ID
	})
	var ids []string
	for id, w := range s.Payouts {
		if w.Fault != "" && w.Made.Compare(s.Day) <= 0 {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		w := s.Payouts[id]
		s.note(Unknown, w.Amount, w.Made, id, fmt.Sprintf("the payout of %s of %s is not in the books: %s", w.Amount, w.Made, w.Fault))
	}
}

// carried looks at the days before: what was a matter of time then, and is too late now, belongs to this day.
func (s *sheet) carried(r Rules) {
	before := r.sheet(s.Book)
	for _, t := range s.Before {
		before.taken(t)
	}
	for _, l := range s.LinesAfore {
		if l.Class != Unknown {
			before.line(l)
		}
	}
	for _, c := range s.CounterBefore {
		before.counted(c)
	}
	for _, c := range s.BackBefore {
		before.cameBack(c)
	}
	for _, key := range before.order {
		v := before.sums[key]
		if v.Class == Unknown && s.sums[key] == nil {
			v.What, v.Summed = "of a day before: "+v.What, false
			s.sums[key], s.order = v, append(s.order, key)
		}
	}
}

// bank sums the bank's lines by whose they are, and notes those that nobody can explain.
func (s *sheet) bank() {
	totals := map[[2]string]*ClaimTotal{}
	var order [][2]string
	var open []Sent
	for _, w := range s.Payouts {
		if w.Fault == "" && w.BankedOn.IsZero() && w.Failed.IsZero() {
			open = append(open, Sent{ID: w.ID, Amount: w.Amount, Day: w.Arrival})
		}
	}
	sort.Slice(open, func(i, j int) bool { return open[i].ID < open[j].ID })
	waiting := s.waiting()
	for _, l := range s.Bank {
		if l.Value == s.Day {
			key := [2]string{s.rules.AccountName(l.Account), string(l.Claim)}
			if totals[key] == nil {
				totals[key], order = &ClaimTotal{Account: key[0], Claim: l.Claim}, append(order, key)
			}
			totals[key].Count++
			s.plus(&totals[key].Sum, l.Amount)
			s.of(l.ID, l.Amount, l.Value, l.now())
		}
		at := fmt.Sprintf("line %d of %s", l.At, l.File)
		switch {
		case l.Claim == Undecided:
			s.lineNote(l, fmt.Sprintf("%s: %s of %s, type %s, reference %q, is nobody's by the rules. Write a rule for it in deposits.toml and read the file again",
				at, l.Amount, l.Value, cmp.Or(l.Type, "–"), l.Reference))
		case l.Claim == Cheque && l.Cheque != "" && !l.Paid:
			s.lineNote(l, fmt.Sprintf("%s: the bank paid %s on cheque %s on %s, and that is %s", at, l.Amount.Neg(), l.Reference, l.Value, l.Cheque))
		case l.Entry != "":
		case l.Claim == Deposit || l.Claim == Terminal:
			v := s.lineNote(l, at+": "+s.rules.ExplainSlip(l.BankLine, l.Claim, waiting, l.Twins, s.Calendar))
			v.Could, v.Makers = s.rules.CouldBe(l.BankLine, l.Claim, waiting), makers(s.rules.About(l.BankLine, l.Claim, waiting))
		case l.Claim == ReturnedItem:
			s.lineNote(l, fmt.Sprintf("%s: the bank took %s back on %s for the cheque %q, and no deposited cheque of ours has that number and amount: enter the returned cheque, or ask the bank",
				at, l.Amount.Neg(), l.Value, l.Text))
		case l.Claim == Processor:
			s.lineNote(l, at+": "+s.rules.Explain(l.BankLine, open, l.Twins, s.Calendar))
		}
	}
	for _, key := range order {
		s.report.BankLines = append(s.report.BankLines, *totals[key])
	}
}

// lineNote notes a line of the bank's that a person has to look at.
func (s *sheet) lineNote(l Shown, what string) *Variance {
	v := s.note(Unknown, l.Amount, l.Value, l.ID, what)
	v.Line = true
	return v
}

// now is what a line of the bank's is that is in the books.
func (l Shown) now() string {
	name := Slip{Kind: CashCheque, Reference: l.Slip}
	if l.Claim == Terminal {
		name.Kind = TerminalSlip
	}
	switch {
	case l.Slip == "":
		return right
	case l.By == "":
		return "it is " + name.name()
	}
	return "it is " + name.name() + ", as " + l.By + " has accepted"
}

// makers are who has made deposits, each once.
func makers(all []Slip) []string {
	var names []string
	for _, s := range all {
		if !slices.Contains(names, s.By) {
			names = append(names, s.By)
		}
	}
	return names
}
