package report

import (
	"io"

	"fundy/city"
	"fundy/money"
	"fundy/payout"
	"fundy/sheet"
)

// DayCSV writes a day's report as rows of one form: what the row is of, then its fields.
func DayCSV(w io.Writer, r payout.Report) error {
	day := r.Day.String()
	rows := sheet.Sheet{Name: "section", Head: []string{"day", "section", "name", "class", "offence", "component", "count", "age_business_days", "debit", "credit", "amount", "note", "key", "tax", "who", "was"}}
	none := sheet.Text("")
	add := func(section, name string, cells map[string]sheet.Cell) {
		row := make([]sheet.Cell, len(rows.Head))
		for i, head := range rows.Head {
			row[i] = none
			if c, ok := cells[head]; ok {
				row[i] = c
			}
		}
		row[0], row[1], row[2] = sheet.Text(day), sheet.Text(section), sheet.Text(name)
		rows.Add(row...)
	}
	sum := func(name string, a money.Amount) { add("sum", name, map[string]sheet.Cell{"amount": sheet.Amount(a)}) }
	add("sum", "gross", map[string]sheet.Cell{"count": sheet.Count(r.Payments()), "amount": sheet.Amount(r.Gross)})
	for _, c := range payout.Classes {
		sum(string(c), r.Classes[c])
	}
	sum("net", r.Net)
	sum("payout", r.PaidOut)
	sum("bank", r.Bank)
	sum("unknown_in_all", r.UnknownSum())
	sum("no_ticket", r.NoTicket)
	sum("given_back", r.GivenBack)
	for _, c := range r.Channels {
		add("channel", c.Channel, map[string]sheet.Cell{"count": sheet.Count(c.Payments), "amount": sheet.Amount(c.Received), "debit": sheet.Amount(c.Received), "credit": sheet.Amount(c.Reversed)})
	}
	for _, p := range r.Payouts {
		add("payout", p.ID, map[string]sheet.Cell{"amount": sheet.Amount(p.OfDay), "note": sheet.Text("of " + p.Amount.String() + ", arrival " + p.Arrival.String() + ", at the bank " + p.BankedOn.String())})
	}
	for _, k := range r.Counter {
		add("counter", k.Kind, map[string]sheet.Cell{"count": sheet.Count(k.Count), "amount": sheet.Amount(k.Amount), "note": sheet.Text("at the bank " + k.Bank.String())})
	}
	for _, d := range r.Deposits {
		add("deposit", d.Reference, map[string]sheet.Cell{"amount": sheet.Amount(d.OfDay), "note": sheet.Text("of " + d.Amount.String() + ", at the bank " + d.BankedOn.String())})
	}
	for _, t := range r.BankLines {
		add("bank", t.Account, map[string]sheet.Cell{"class": sheet.Text(string(t.Claim)), "count": sheet.Count(t.Count), "amount": sheet.Amount(t.Sum)})
	}
	for _, v := range r.Variances {
		add("variance", v.Ref, map[string]sheet.Cell{
			"class": sheet.Text(string(v.Class)), "count": sheet.Count(v.Count), "age_business_days": sheet.Count(v.Age), "amount": sheet.Amount(v.Amount), "note": sheet.Text(v.What),
			"who": sheet.Text(v.By), "was": sheet.Text(v.Of),
		})
	}
	for _, o := range r.Overtaken {
		add("overtaken", o.Ref, map[string]sheet.Cell{
			"class": sheet.Text(string(o.Class)), "amount": sheet.Amount(o.Amount), "note": sheet.Text(o.Why), "who": sheet.Text(o.By), "was": sheet.Text(o.What),
		})
	}
	for _, l := range r.Accounts {
		add("ledger", l.Account, map[string]sheet.Cell{
			"offence": sheet.Text(l.Offence), "component": sheet.Text(l.Component), "debit": sheet.Amount(l.Debit), "credit": sheet.Amount(l.Credit),
			"key": sheet.Text(l.Key), "tax": sheet.Text(l.Tax),
		})
	}
	return rows.CSV(w)
}

// Day is a day's report as a workbook: a sheet for each part.
func Day(r payout.Report, in Reader, c city.City) sheet.Book {
	state := in.Say("state.open")
	if r.Closed {
		state = in.Say("state.closed")
	}
	about := sheet.Sheet{Name: in.Say("sheet.about"), Head: in.Heads("item", "value")}
	about.Add(sheet.Text(in.Say("about.day")), sheet.Day(r.Day))
	about.Add(sheet.Text(in.Say("about.as_of")), sheet.Day(r.AsOf))
	about.Add(sheet.Text(in.Say("about.state")), sheet.Text(state))
	about.Add(sheet.Text(in.Say("about.basis")), sheet.Text(in.One("basis", r.Basis)))
	about.Add(sheet.Text(in.Say("about.currency")), sheet.Text(c.Currency))

	sums := sheet.Sheet{Name: in.Say("sheet.sums"), Head: in.Heads("item", "amount", "payments")}
	sums.Add(sheet.Text(in.Say("sum.gross")), sheet.Amount(r.Gross), sheet.Count(r.Payments()))
	for _, class := range payout.Classes {
		sums.Add(sheet.Text(in.One("of", string(class))), sheet.Amount(r.Classes[class]))
	}
	sums.Add(sheet.Text(in.Say("sum.net")), sheet.Amount(r.Net))
	sums.Add(sheet.Text(in.Say("sum.paid_out")), sheet.Amount(r.PaidOut))
	sums.Add(sheet.Text(in.Say("sum.bank")), sheet.Amount(r.Bank))
	sums.Add(sheet.Text(in.Say("sum.unknown")), sheet.Amount(r.UnknownSum()), sheet.Count(r.Unknown()))
	sums.Add(sheet.Text(in.Say("sum.no_ticket")), sheet.Amount(r.NoTicket))
	sums.Add(sheet.Text(in.Say("sum.given_back")), sheet.Amount(r.GivenBack))
	for _, k := range r.Counter {
		sums.Add(sheet.Text(in.One("tender", k.Kind)), sheet.Amount(k.Amount), sheet.Count(k.Count))
	}

	channels := sheet.Sheet{Name: in.Say("sheet.channels"), Head: in.Heads("channel", "payments", "received", "reversed")}
	for _, c := range r.Channels {
		channels.Add(sheet.Text(in.One("channel", c.Channel)), sheet.Count(c.Payments), sheet.Amount(c.Received), sheet.Amount(c.Reversed))
	}
	payouts := sheet.Sheet{Name: in.Say("sheet.payouts"), Head: in.Heads("payout", "amount", "of_day", "arrival", "banked", "failed")}
	for _, p := range r.Payouts {
		payouts.Add(sheet.Text(p.ID), sheet.Amount(p.Amount), sheet.Amount(p.OfDay), sheet.Day(p.Arrival), sheet.Day(p.BankedOn), sheet.Day(p.Failed))
	}
	slips := sheet.Sheet{Name: in.Say("sheet.deposits"), Head: in.Heads("slip", "amount", "of_day", "day", "banked")}
	for _, d := range r.Deposits {
		slips.Add(sheet.Text(d.Reference), sheet.Amount(d.Amount), sheet.Amount(d.OfDay), sheet.Day(d.Day), sheet.Day(d.BankedOn))
	}
	lines := sheet.Sheet{Name: in.Say("sheet.bank"), Head: in.Heads("account", "claim", "count", "sum")}
	for _, t := range r.BankLines {
		lines.Add(sheet.Text(t.Account), sheet.Text(in.One("claim", string(t.Claim))), sheet.Count(t.Count), sheet.Amount(t.Sum))
	}
	differences := sheet.Sheet{Name: in.Say("sheet.differences"), Head: in.Heads("class", "amount", "count", "age", "ref", "what", "by")}
	for _, v := range r.Variances {
		differences.Add(sheet.Text(in.One("class", string(v.Class))), sheet.Amount(v.Amount), sheet.Count(v.Count), sheet.Count(v.Age), sheet.Text(v.Ref), sheet.Text(saidOf(in, v)), sheet.Text(v.By))
	}
	overtaken := sheet.Sheet{Name: in.Say("sheet.overtaken"), Head: in.Heads("class", "amount", "ref", "what", "by", "since")}
	for _, o := range r.Overtaken {
		overtaken.Add(sheet.Text(in.One("class", string(o.Class))), sheet.Amount(o.Amount), sheet.Text(o.Ref), sheet.Text(o.Why), sheet.Text(o.By), sheet.Text(What(in, o.What)))
	}
	accounts := sheet.Sheet{Name: in.Say("sheet.ledger"), Head: in.Heads("account", "key", "offence", "component", "tax", "debit", "credit")}
	for _, l := range r.Accounts {
		accounts.Add(sheet.Text(l.Account), sheet.Text(l.Key), sheet.Text(l.Offence), sheet.Text(l.Component), sheet.Text(l.Tax), sheet.Amount(l.Debit), sheet.Amount(l.Credit))
	}
	return sheet.Book{about, sums, channels, payouts, slips, lines, differences, overtaken, accounts}
}

// saidOf is what a difference is; of one that a person has explained, the person's words and what it was.
func saidOf(in Reader, v payout.Variance) string {
	if v.Of == "" {
		return What(in, v.What)
	}
	return v.What + " (" + What(in, v.Of) + ")"
}
