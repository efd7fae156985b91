package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fundy/money"
)

// LedgerCheck is what recomputing the ledger found.
type LedgerCheck struct {
	Entries     int64            `json:"entries"`
	Postings    int64            `json:"postings"`
	Tickets     int64            `json:"tickets"`
	PaidTickets int64            `json:"paid_tickets"`
	Captured    int64            `json:"captured_minor"`     // of all attempts with a receipt that stands
	Counter     int64            `json:"counter_minor"`      // of it, without the card page
	PartPaid    int64            `json:"part_paid_minor"`    // of it, put to tickets of which the rest is owed, or was paid later
	ChargesPaid int64            `json:"charges_minor"`      // of it, for charges beside tickets
	Undeposited int64            `json:"undeposited_minor"`  // cash and cheques that are in no deposit yet
	Allocated   int64            `json:"allocated_minor"`    // of their live allocations
	Unallocated int64            `json:"unallocated_minor"`  // received, put to no ticket, owed to its payer
	Refunded    int64            `json:"refunded_minor"`     // of what was captured, given back or owed by cheque
	Reopened    int64            `json:"reopened_minor"`     // captured, and its tickets are owed again
	ChargedBack int64            `json:"charged_back_minor"` // captured, lost to a payer's bank, and its tickets are owed again
	Rest        int64            `json:"rest_minor"`         // captured, moved to a ticket that cost less, and put to none
	Clearing    int64            `json:"clearing_minor"`     // balance of clearing:card
	OnItsWay    int64            `json:"on_its_way_minor"`   // paid out by the processor, not yet at the bank
	AtBank      int64            `json:"at_bank_minor"`      // of all the city's accounts
	Kept        int64            `json:"kept_minor"`         // by the processor: fees, refunds, chargebacks, reserve
	Suspense    int64            `json:"suspense_minor"`     // what nobody has explained yet
	Payable     int64            `json:"payable_minor"`      // of what was refunded: owed by cheque, and none is out
	Outstanding int64            `json:"outstanding_minor"`  // of what was refunded: on cheques that nobody has cashed
	ByAccount   map[string]int64 `json:"balances_minor"`
	Faults      []string         `json:"faults"`       // what does not agree
	Exceptions  []string         `json:"needs_person"` // attempts that stopped or were corrected
	cameBack    int64            // given back, its tickets owed again, and then the refund failed: the payer's
}

var qCheckCounts = query("check counts", `
select
  (select count(*) from ledger_entry),
  (select count(*) from posting),
  (select count(*) from ticket),
  (select count(*) from ticket where state = 'paid')`)

// CheckLedger recomputes every account from its postings and compares it with the attempts.
func (tx *Tx) CheckLedger(ctx context.Context) (LedgerCheck, error) {
	c := LedgerCheck{ByAccount: map[string]int64{}, Faults: []string{}, Exceptions: []string{}}
	err := tx.sum(ctx, qCheckCounts).Scan(&c.Entries, &c.Postings, &c.Tickets, &c.PaidTickets)
	if err != nil {
		return c, fmt.Errorf("count: %w", err)
	}
	if err := tx.balances(ctx, &c); err != nil {
		return c, err
	}
	if err := tx.sum(ctx, qCheckCaptured).Scan(&c.Captured, &c.Allocated, &c.PartPaid, &c.Counter, &c.Rest); err != nil {
		return c, fmt.Errorf("sum captured: %w", err)
	}
	if err := tx.sum(ctx, qCheckRefunded).Scan(&c.Refunded, &c.Reopened, &c.cameBack); err != nil {
		return c, fmt.Errorf("sum refunded: %w", err)
	}
	var heldByBanks, lostToBanks int64
	if err := tx.sum(ctx, qCheckDisputes).Scan(&heldByBanks, &lostToBanks, &c.ChargedBack); err != nil {
		return c, fmt.Errorf("sum disputes: %w", err)
	}
	c.want(c.ByAccount["disputes:held"] == heldByBanks, "what payers' banks hold is not what the open chargebacks come to")
	c.want(c.ByAccount["chargebacks:lost"] == lostToBanks, "what was lost is not what the lost chargebacks come to")
	c.Clearing, c.Unallocated = c.ByAccount["clearing:card"], -c.ByAccount["unallocated:card"]-c.ByAccount["unallocated:counter"]
	if err := tx.checkCheques(ctx, &c); err != nil {
		return c, err
	}
	c.want(c.ByAccount["offset:components"] == 0, "the offset account is not zero")
	half, err := tx.HalfEntered(ctx)
	if err != nil {
		return c, err
	}
	for _, payout := range half {
		c.Exceptions = append(c.Exceptions, "payout entered in part: fetch again: "+payout)
	}
	c.followed(half)
	if err := tx.checkUndeposited(ctx, &c); err != nil {
		return c, err
	}
	if err := tx.checkDeposits(ctx, &c); err != nil {
		return c, err
	}
	return c, tx.checkRows(ctx, &c)
}

func (tx *Tx) checkRows(ctx context.Context, c *LedgerCheck) error {
	var errs []error
	find := func(into *[]string, q, what string, columns int) {
		var err error
		*into, err = tx.findings(ctx, *into, q, what, columns)
		errs = append(errs, err)
	}
	find(&c.Faults, qCheckOpenReceivables, "paid ticket with a receivable: ", 2)
	find(&c.Faults, qCheckWrittenOff, "written-off ticket with a receivable (ticket, component): ", 2)
	find(&c.Faults, qCheckUnallocated, "captured without an allocation: ", 1)
	find(&c.Exceptions, qCheckExceptions, "attempt (state, why, begun, cents): ", 4)
	find(&c.Faults, qCheckOverRefunded, "more refunded than was taken (first of them, cents): ", 2)
	find(&c.Faults, qCheckRefundParts, "refund whose parts do not add up (refund, cents): ", 2)
	find(&c.Exceptions, qCheckRefundExceptions, "refund (id, state, why, asked, cents): ", 5)
	find(&c.Faults, qCheckOwned, "unallocated receipt that nobody owns: ", 1)
	find(&c.Faults, qCheckDisputeLines, "chargeback and its lines differ (chargeback, its amount, its lines): ", 3)
	find(&c.Exceptions, qCheckDisputeExceptions, "chargeback (id, state, why, opened, cents): ", 5)
	find(&c.Faults, qCheckPayouts, "payout whose lines do not come to it (payout, its amount, its lines): ", 3)
	find(&c.Faults, qCheckCharges, "attempt and its charge differ (attempt in state, captured, charge): ", 3)
	find(&c.Faults, qCheckTenders, "entry whose tenders do not come to it (drawer, number, its amount, its tenders): ", 4)
	find(&c.Faults, qCheckUndone, "reversed entry that still holds something (drawer, number): ", 2)
	find(&c.Faults, qCheckParts, "part payments do not come to what the ticket says (ticket, it says, they are): ", 3)
	find(&c.Faults, qCheckPartsPosted, "part payments are not what is posted (ticket, it says): ", 2)
	find(&c.Faults, qCheckNumbers, "printed receipt numbers have a gap (drawer, last number, receipts): ", 3)
	find(&c.Faults, qCheckBanked, "payout at the bank with another amount (payout, its amount, the bank's): ", 3)
	return errors.Join(errs...)
}

// followed compares what was taken, less what was given back, with where it is now: with the processor, on its way,
// at the bank, or kept. A refund of ours goes out of clearing, in its payout too: what refunds:card has, nobody
// here asked for. One by cheque leaves all that where it is until the bank has paid it: until then it is owed.
func (c *LedgerCheck) followed(half []string) {
	held := c.Clearing - c.Payable - c.Outstanding
	for account, balance := range c.ByAccount {
		payout, ok := strings.CutPrefix(account, "clearing:payout:")
		if ok && slices.Contains(half, payout) {
			held += balance
			continue
		}
		c.want(!ok || balance == 0, "a payout's clearing account is not zero: "+account)
		if strings.HasPrefix(account, "bank:") {
			c.AtBank += balance
		}
	}
	c.OnItsWay, c.Suspense = c.ByAccount["in_transit:card"], c.ByAccount["suspense:card"]
	for _, account := range []string{"fees:card", "refunds:card", "chargebacks:card", "disputes:held", "chargebacks:lost", "reserve:card"} {
		c.Kept += c.ByAccount[account]
	}
	for _, account := range counterAccounts {
		held += c.ByAccount[account]
	}
	held += c.OnItsWay + c.AtBank + c.Kept + c.Suspense
	c.want(c.Captured-c.Rest-c.Refunded-c.cameBack-c.ChargedBack+c.Unallocated == held,
		"captured less refunded and charged back, and unallocated, are not what is in clearing, undeposited, on its way, at the bank and kept")
}

// counterAccounts are where money is that came without the card page, and what became of the cents that did not come
// or came beside it, until it is at the bank.
var counterAccounts = []string{
	"undeposited:cash", "undeposited:cheque", "clearing:terminal", "in_transit:deposit", "in_transit:terminal", "fees:terminal",
	"suspense:terminal", "rounding:cash", "over_short:cash", "write_off:short",
}

// checkUndeposited compares what the drawers and batches say to be there with the ledger.
func (tx *Tx) checkUndeposited(ctx context.Context, c *LedgerCheck) error {
	var cash, cheques, over int64
	if err := tx.sum(ctx, qCheckUndeposited).Scan(&cash, &cheques, &over); err != nil {
		return fmt.Errorf("sum undeposited: %w", err)
	}
	c.Undeposited = c.ByAccount["undeposited:cash"] + c.ByAccount["undeposited:cheque"]
	c.want(c.ByAccount["undeposited:cash"] == cash+over, "the cash of drawers and batches is not what undeposited:cash has")
	c.want(c.ByAccount["undeposited:cheque"] == cheques, "the cheques of batches are not what undeposited:cheque has")
	return nil
}

func (c *LedgerCheck) want(ok bool, fault string) {
	if !ok {
		c.Faults = append(c.Faults, fault)
	}
}

// findings adds a line for each row that a query finds.
func (tx *Tx) findings(ctx context.Context, lines []string, q, what string, columns int) ([]string, error) {
	rows, err := tx.rows(ctx, q)
	if err != nil {
		return lines, fmt.Errorf("look for findings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		parts := make([]string, columns)
		into := make([]any, columns)
		for i := range parts {
			into[i] = &parts[i]
		}
		if err := rows.Scan(into...); err != nil {
			return lines, fmt.Errorf("read finding: %w", err)
		}
		lines = append(lines, what+strings.Join(parts, " "))
	}
	return lines, rows.Err()
}

// Print writes the findings for a person.
func (c LedgerCheck) Print(w io.Writer) {
	fmt.Fprintf(w, "%d entries, %d postings, %d tickets, %d of them paid\n", c.Entries, c.Postings, c.Tickets, c.PaidTickets)
	fmt.Fprintf(w, "captured %s, allocated %s, refunded %s, unallocated %s, in clearing %s\n",
		money.FromMinor(c.Captured), money.FromMinor(c.Allocated), money.FromMinor(c.Refunded), money.FromMinor(c.Unallocated), money.FromMinor(c.Clearing))
	if c.Payable != 0 || c.Outstanding != 0 {
		fmt.Fprintf(w, "of what was refunded, %s is owed by cheque and %s is on cheques that nobody has cashed yet\n", money.FromMinor(c.Payable), money.FromMinor(c.Outstanding))
	}
	fmt.Fprintf(w, "on its way %s, at the bank %s, kept by the processor %s, unexplained %s\n",
		money.FromMinor(c.OnItsWay), money.FromMinor(c.AtBank), money.FromMinor(c.Kept), money.FromMinor(c.Suspense))
	if c.Counter != 0 || c.Undeposited != 0 {
		fmt.Fprintf(w, "of it without the card page %s, part payments %s, cash and cheques undeposited %s\n",
			money.FromMinor(c.Counter), money.FromMinor(c.PartPaid), money.FromMinor(c.Undeposited))
	}
	for _, exception := range c.Exceptions {
		fmt.Fprintln(w, "NEEDS A PERSON:", exception)
	}
	for _, fault := range c.Faults {
		fmt.Fprintln(w, "DOES NOT AGREE:", fault)
	}
	if len(c.Faults) == 0 {
		fmt.Fprintln(w, "everything agrees")
	}
}
