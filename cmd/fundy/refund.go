package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/ident"
	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

type refundAskCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The city's folder."`
	Receipt string `arg:"" help:"The receipt's number; for money that was put to no ticket, what fundy refund list shows for it."`
	Amount  string `required:"" placeholder:"30.00" help:"What is to be given back."`
	Expect  string `required:"" placeholder:"30.00" help:"What you think can still be given back of the whole receipt. If that is not so, somebody else was quicker, and nothing is asked for."`
	Reason  string `required:"" placeholder:"CODE" help:"duplicate, wrong_ticket, ticket_cancelled, reduced, not_owed or city_error."`
	As      string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Ticket  string `placeholder:"NUMBER" help:"Of a receipt with several tickets: which one, if not all of it is given back."`
	Free    bool   `name:"unallocated" help:"Only of what is put to no ticket."`
	Reopen  bool   `help:"The ticket is to be owed again once its whole payment has been given back."`
	Way     string `default:"processor" placeholder:"WAY" help:"processor: to the card that paid online. terminal: to the card that paid on the city's terminal. cheque: for cash, or a card that has been closed."`
	payeeFlag
	Apply bool `help:"Write it. Without this, only what would happen is said."`
}

// Run asks for a refund.
func (c *refundAskCommand) Run(ctx context.Context) error {
	ask := payment.RefundAsk{Way: payment.Way(c.Way), Reason: payment.RefundReason(c.Reason), Reopen: c.Reopen, Free: c.Free, By: c.As}
	for flag, one := range map[string]struct {
		text string
		into *money.Amount
	}{"--amount": {c.Amount, &ask.Amount}, "--expect": {c.Expect, &ask.Expected}} {
		amount, err := money.Parse(one.text)
		if err != nil {
			return fmt.Errorf("%w: %s: write %q as 30.00", errUsage, flag, one.text)
		}
		*one.into = amount
	}
	return withCity(ctx, c.City, func(f folder, s *settle.Settler) error {
		payee, err := c.seal(f, ask.Way)
		if err != nil {
			return err
		}
		var a payment.Attempt
		err = s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if a, err = attemptOf(ctx, tx, c.Receipt); err != nil {
				return err
			}
			sources, err := settle.Sources(ctx, tx, a)
			if err != nil {
				return err
			}
			if ask.Ticket, err = ticketOf(ctx, tx, sources, c.Ticket); err != nil {
				return err
			}
			if _, no := payment.AskRefund(ask, a, sources, s.Now()); no != nil {
				return no
			}
			return nil
		})
		if err != nil {
			return inWords(err, ask)
		}
		if !c.Apply {
			fmt.Printf("%s of %s of receipt %s would wait for a second person.\n", ask.Amount, ask.Expected, c.Receipt)
			fmt.Println(dryRun)
			return nil
		}
		r, err := s.AskRefundTo(ctx, a.ID, ask, payee)
		if err != nil {
			return inWords(err, ask)
		}
		fmt.Printf("%s of %s of receipt %s waits for a second person, as %s.\n", ask.Amount, ask.Expected, c.Receipt, r.ID)
		return nil
	})
}

type refundApproveCommand struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Refund string `arg:"" help:"The refund's id, from fundy refund list."`
	As     string `required:"" placeholder:"NAME" help:"Who you are: not the one who has asked."`
	Apply  bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run approves a refund. The office that runs sends it.
func (c *refundApproveCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		return decide(ctx, s, c.Refund, payment.Approve, c.As, c.Apply, approvedBy, s.ApproveRefund)
	})
}

type refundRefuseCommand struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Refund string `arg:"" help:"The refund's id, from fundy refund list."`
	As     string `required:"" placeholder:"NAME" help:"Who you are. Who has asked may take it back."`
	Apply  bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run refuses a refund.
func (c *refundRefuseCommand) Run(ctx context.Context) error {
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		refused := func(payment.Way) string { return "is not given back" }
		return decide(ctx, s, c.Refund, payment.Refuse, c.As, c.Apply, refused, s.RefuseRefund)
	})
}

// approvedBy is what becomes of a refund that is approved.
func approvedBy(w payment.Way) string {
	switch w {
	case payment.ByCheque:
		return "is owed to the payer by cheque: fundy refund requisition asks for it"
	case payment.ByTerminal:
		return "goes back on the terminal: do it there, then fundy refund terminal with the number that it gives"
	}
	return "goes back to the card it was paid with: the office sends it"
}

func decide(ctx context.Context, s *settle.Settler, id string, event payment.RefundEvent, by string, apply bool, said func(payment.Way) string,
	do func(context.Context, payment.RefundID, string) (payment.Refund, error),
) error {
	var r payment.Refund
	err := s.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if r, err = tx.Refund(ctx, payment.RefundID(id)); errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("no refund has the id %q: fundy refund list shows them", id)
		}
		if no := payment.DecideRefund(r, event, by); err == nil && no != nil {
			return no
		}
		return err
	})
	if err == nil && apply {
		_, err = do(ctx, r.ID, by)
	}
	if err != nil {
		return inWords(err, payment.RefundAsk{By: by})
	}
	if apply {
		fmt.Printf("%s, which %s has asked for, %s.\n", r.Amount, r.AskedBy, said(r.Way))
		return nil
	}
	fmt.Printf("%s, which %s has asked for: %s.\n", r.Amount, r.AskedBy, said(r.Way))
	fmt.Println(dryRun)
	return nil
}

// attemptOf is the attempt of a typed receipt number, or of what stands for one that has none.
func attemptOf(ctx context.Context, tx *store.Tx, typed string) (payment.Attempt, error) {
	number, ok := ident.ReadReceipt(typed)
	find := tx.AttemptByReceipt
	if !ok {
		number, find = typed, tx.AttemptOfUnallocated
	}
	a, err := find(ctx, number)
	switch {
	case errors.Is(err, store.ErrNotFound) && ok:
		return a, fmt.Errorf("no receipt of this city has the number %s", number)
	case errors.Is(err, store.ErrNotFound):
		return a, fmt.Errorf("%q is not a receipt number: one has twelve characters, and a wrong one is noticed; read it again", typed)
	}
	return a, err
}

// ticketOf is the ticket of a typed number among those that money can be given back of; "" for none typed.
func ticketOf(ctx context.Context, tx *store.Tx, sources []payment.Source, typed string) (ticket.ID, error) {
	if typed == "" {
		return "", nil
	}
	for _, s := range sources {
		if s.Ticket == "" {
			continue
		}
		t, err := tx.Ticket(ctx, s.Ticket)
		if err != nil {
			return "", err
		}
		if ticket.NumberKey(t.Number) == ticket.NumberKey(typed) || string(t.ID) == typed {
			return t.ID, nil
		}
	}
	return "", fmt.Errorf("ticket %s is not on this receipt", typed)
}

// inWords says what is in the way, and what to do.
func inWords(err error, ask payment.RefundAsk) error {
	if errors.Is(err, store.ErrRule) {
		return errors.New("somebody else has asked for a refund of this receipt at the same moment: look again with fundy refund list --receipt")
	}
	var no *payment.RefundRefusal
	if !errors.As(err, &no) {
		return err
	}
	switch no.Reason {
	case payment.RefusedNotTaken:
		return errors.New("nothing of this payment is here that could be given back")
	case payment.RefusedNoPayment:
		return errors.New("the processor's payment is not known: it can't be given back to the card")
	case payment.RefusedAmount:
		return errors.New("the amount to give back must be more than nothing")
	case payment.RefusedTooMuch:
		return fmt.Errorf("%s is more than can still be given back, which is %s", ask.Amount, no.Left)
	case payment.RefusedExpected:
		return fmt.Errorf("you expect that %s can still be given back, and it is %s: somebody may have refunded meanwhile; look with fundy refund list --receipt", ask.Expected, no.Left)
	case payment.RefusedReason:
		return fmt.Errorf("%w: --reason: %q is none of %v", errUsage, ask.Reason, payment.RefundReasons)
	case payment.RefusedWho:
		return fmt.Errorf("%w: --as: %q is not a name that staff can have: small letters, digits and . _ -", errUsage, ask.By)
	case payment.RefusedWhichTicket:
		return errors.New("the receipt has several tickets and not all of it is given back: say which one with --ticket")
	case payment.RefusedNotItsOwn:
		return errors.New("nothing can be given back of this ticket by this receipt")
	case payment.RefusedInFull:
		return fmt.Errorf("the ticket is cancelled: all that was paid for it is given back, which is %s", no.Left)
	case payment.RefusedReopen:
		return errors.New("--reopen: a ticket is owed again only where all that was paid for it is given back at once, it is not cancelled, and its law allows it")
	case payment.RefusedSamePerson:
		return fmt.Errorf("%s has asked for this refund: somebody else has to approve it", ask.By)
	case payment.RefusedDisputed:
		return errors.New("the payer's bank has taken this payment back, or a part of it: what it has can't be given back once more; fundy dispute list --all shows it")
	case payment.RefusedSaidIt:
		return fmt.Errorf("%s has said so before: it happens when somebody else says the same", ask.By)
	case payment.RefusedWay:
		return fmt.Errorf("it can't go back by %q: what the processor took goes back by processor or cheque, what was taken at the counter by terminal or cheque, and cash by cheque only", ask.Way)
	case payment.RefusedPayee:
		return fmt.Errorf("%w: a cheque needs its payee, and nothing else does: --payee-file FILE, or - to type it", errUsage)
	case payment.RefusedNotThere:
		return fmt.Errorf("this refund is %s: that does not happen to it there; fundy refund list shows it", no.State)
	case payment.RefusedWords:
		return fmt.Errorf("%w: --why: say it in one line of at most 300 letters, without names", errUsage)
	case payment.RefusedAuth:
		return fmt.Errorf("%w: --auth: the number that the terminal prints: 4 to 12 digits and capital letters", errUsage)
	case payment.RefusedDecided:
		return errors.New("this refund is not waiting for a decision: fundy refund list shows what became of it")
	}
	return err
}

// clock is a time of the city's, to the minute.
func clock(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(zone).Format("2006-01-02T15:04")
}
