package payment

import (
	"time"

	"fundy/money"
)

// BatchID is a batch's opaque id.
type BatchID string

// BatchKind says which tenders are in a batch.
type BatchKind string

// The kinds of batch. Cheques and money orders of a drawer are in one; the mail's has whatever came.
const (
	CashBatch     BatchKind = "cash"
	ChequeBatch   BatchKind = "cheque"
	TerminalBatch BatchKind = "terminal"
	MailBatch     BatchKind = "mail"
)

// Batch is the kind of batch that a drawer puts a tender into.
func (k TenderKind) Batch() BatchKind {
	switch k {
	case Cash:
		return CashBatch
	case Terminal:
		return TerminalBatch
	}
	return ChequeBatch
}

// BatchState is where a batch is.
type BatchState string

// The states of a batch.
const (
	BatchOpen      BatchState = "open"
	BatchClosed    BatchState = "closed"
	BatchDeposited BatchState = "deposited" // on its way to the bank
)

// BatchEvent is what moves a batch.
type BatchEvent string

// The events.
const (
	BatchOpens    BatchEvent = "opened"
	BatchCloses   BatchEvent = "closed"
	BatchReopens  BatchEvent = "reopened" // with its drawer
	BatchDeposits BatchEvent = "deposited"
)

// BatchLine is one edge of the table of batches.
type BatchLine struct {
	From  BatchState
	Event BatchEvent
	To    BatchState
}

// BatchTable is every move that a batch can make. What is not here does not happen.
var BatchTable = []BatchLine{
	{From: "", Event: BatchOpens, To: BatchOpen},
	{From: BatchOpen, Event: BatchCloses, To: BatchClosed},
	{From: BatchClosed, Event: BatchReopens, To: BatchOpen},
	{From: BatchClosed, Event: BatchDeposits, To: BatchDeposited},
}

// NextBatch is the line that an event takes; false: there is none.
func NextBatch(from BatchState, event BatchEvent) (BatchLine, bool) {
	for _, l := range BatchTable {
		if l.From == from && l.Event == event {
			return l, true
		}
	}
	return BatchLine{}, false
}

// Batch is tenders that go to the bank, or to the acquirer, together.
type Batch struct {
	ID        BatchID
	Kind      BatchKind
	State     BatchState
	OpenedBy  string
	Second    string // the other person who opened the mail
	OpenedAt  time.Time
	ClosedBy  string
	ClosedAt  time.Time
	Announced money.Amount // what two people added up before anything was entered; zero where nobody did
	Total     money.Amount // once closed: what was kept of its tenders, and of cash what was over or short
	Session   SessionID    // of the drawer; "" for the mail
	Version   int64
}

// Takers are who had its money in hand: who opened it, and of the mail the other too.
func (b Batch) Takers() []string {
	if b.Second == "" {
		return []string{b.OpenedBy}
	}
	return []string{b.OpenedBy, b.Second}
}

// MailTotalMost is the most that one batch of the mail can be announced with.
var MailTotalMost = money.FromMinor(10_000_000_00)

// OpenMail decides whether two people may open a batch of the mail whose items add up to total.
func OpenMail(by, second string, total money.Amount, now time.Time) (Batch, *CounterRefusal) {
	switch {
	case !StaffName(by) || !StaffName(second):
		return Batch{}, &CounterRefusal{Reason: RefusedWho}
	case by == second:
		return Batch{}, &CounterRefusal{Reason: RefusedSamePerson}
	case total.Cmp(money.Zero) <= 0 || total.Cmp(MailTotalMost) > 0:
		return Batch{}, &CounterRefusal{Reason: TakeAmount}
	}
	return Batch{Kind: MailBatch, State: BatchOpen, OpenedBy: by, Second: second, OpenedAt: now, Announced: total}, nil
}

// CloseBatch decides whether a batch may be closed by itself, whose tenders come to total. counted is what somebody
// else has counted or what the terminal's own slip says; zero: nobody has. The cash of a drawer is closed with the drawer.
func CloseBatch(b Batch, total, counted money.Amount, by string) *CounterRefusal {
	switch {
	case !StaffName(by):
		return &CounterRefusal{Reason: RefusedWho}
	case b.State != BatchOpen:
		return &CounterRefusal{Reason: BatchNotOpen}
	case b.Kind == CashBatch:
		return &CounterRefusal{Reason: BatchOfDrawer}
	case b.Kind == MailBatch && total != b.Announced:
		return &CounterRefusal{Reason: BatchDiffers, Due: b.Announced, Got: total}
	case !counted.IsZero() && counted != total:
		return &CounterRefusal{Reason: BatchDiffers, Due: counted, Got: total}
	}
	return nil
}
