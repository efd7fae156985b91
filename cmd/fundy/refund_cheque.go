package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"fundy/bank"
	"fundy/city"
	"fundy/fault"
	"fundy/office"
	"fundy/payment"
	"fundy/payout"
	"fundy/settle"
	"fundy/store"
)

// payeeFlag is where a cheque's payee comes from: never the command line, which every user of the machine can read.
type payeeFlag struct {
	PayeeFile string `placeholder:"FILE" help:"Of a cheque: a file with the payee's name on the first line and the address on the next ones; - is the standard input."`
}

// payeeMost bounds what is read of a payee, in bytes.
const payeeMost = 64 << 10

// seal reads the payee of a refund by cheque and seals it to the office's key; of another refund there is none.
func (c payeeFlag) seal(f folder, way payment.Way) (settle.SealPayee, error) {
	if (way == payment.ByCheque) != (c.PayeeFile != "") {
		return nil, inWords(&payment.RefundRefusal{Reason: payment.RefusedPayee}, payment.RefundAsk{})
	}
	if way != payment.ByCheque {
		return nil, nil
	}
	in := io.Reader(os.Stdin)
	if c.PayeeFile != "-" {
		file, err := os.Open(c.PayeeFile)
		if err != nil {
			return nil, fmt.Errorf("read the payee: %w", err)
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, payeeMost))
	if err != nil {
		return nil, fmt.Errorf("read the payee: %w", err)
	}
	payee, err := office.ParsePayee(text)
	if err != nil {
		return nil, fmt.Errorf("%w: --payee-file: %w", errUsage, err)
	}
	public, err := f.publicKey()
	if err != nil {
		return nil, err
	}
	return office.SealPayee(public, f.settings.ID, payee), nil
}

type refundRequisitionCommand struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	Out   string `placeholder:"FILE" help:"Where the file goes. It is never written over, and only its owner can read it."`
	Again int64  `placeholder:"NUMBER" help:"Make the file of an earlier requisition once more: the same."`
	As    string `required:"" placeholder:"NAME" help:"Who you are: nobody who has given a payee that stands on it."`
	Apply bool   `help:"Write it. Without this, only what it would ask for is said."`
}

// Run asks accounts payable for the cheques that are owed.
func (c *refundRequisitionCommand) Run(ctx context.Context) error {
	if c.Apply && c.Out == "" {
		return fmt.Errorf("%w: --out FILE says where the file goes", errUsage)
	}
	return withCity(ctx, c.City, func(f folder, s *settle.Settler) error {
		q, err := f.requisitions(s.Store)
		if err != nil {
			return err
		}
		if !c.Apply {
			return c.try(ctx, q)
		}
		if _, err := os.Lstat(c.Out); err == nil {
			return fmt.Errorf("%s is there already: it is not written over", c.Out)
		}
		do := q.Make
		if c.Again > 0 {
			do = func(ctx context.Context, by string) (payment.Requisition, []byte, error) {
				return q.Again(ctx, c.Again, by)
			}
		}
		r, file, err := do(ctx, c.As)
		if err != nil {
			return c.inWords(err)
		}
		if err := writeNew(c.Out, string(file)); err != nil {
			return fmt.Errorf("%w: requisition %d stands; make its file again: fundy refund requisition --again %d", err, r.Number, r.Number)
		}
		if err := listRequisition(os.Stdout, file); err != nil {
			return err
		}
		fmt.Printf("Requisition %d: %d cheques, %s, in %s.\n", r.Number, r.Count, r.Sum, c.Out)
		fmt.Println("It holds names and addresses: give it to accounts payable, then remove it.")
		return nil
	})
}

// listRequisition prints what stands on a requisition, without names: what the clerk keeps.
func listRequisition(w io.Writer, file []byte) error {
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		return fmt.Errorf("read the requisition again: %w", err)
	}
	for _, row := range rows[1:] {
		fmt.Fprintf(w, "%s  receipt %s  %s\n", row[2], row[3], row[4])
	}
	return nil
}

// try says what a requisition would ask for. It opens nothing.
func (c *refundRequisitionCommand) try(ctx context.Context, q *office.Requisitions) error {
	if c.Again > 0 {
		fmt.Printf("The file of requisition %d would be made once more.\n%s\n", c.Again, dryRun)
		return nil
	}
	r, all, err := q.Waiting(ctx, c.As)
	if err != nil {
		return c.inWords(err)
	}
	for _, p := range all {
		fmt.Printf("%s  receipt %s  %s\n", p.Refund, p.Receipt, p.Amount)
	}
	fmt.Printf("Requisition %d would ask for %d cheques, %s.\n%s\n", r.Number, r.Count, r.Sum, dryRun)
	return nil
}

func (c *refundRequisitionCommand) inWords(err error) error {
	if errors.Is(err, store.ErrNotFound) && c.Again > 0 {
		return fmt.Errorf("there is no requisition %d", c.Again)
	}
	return inWords(err, payment.RefundAsk{By: c.As})
}

// requisitions opens what asks for cheques: behind the office's wall, with its private key.
func (f folder) requisitions(s *store.Store) (*office.Requisitions, error) {
	if err := f.checkKeys("office"); err != nil {
		return nil, err
	}
	private, err := f.key("office", "seal.private")
	if err != nil {
		return nil, err
	}
	index, err := f.indexKey()
	if err != nil {
		return nil, err
	}
	return office.NewRequisitions(office.RequisitionsConfig{
		Store: s, City: f.settings.City(), Private: private, Now: fault.Now,
		Digest: func(fields ...string) []byte { return index.Digest(f.settings.ID, fields...) },
	})
}

type refundChequeCommand struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Refund string `arg:"" optional:"" help:"The refund's id, from fundy refund list."`
	Number string `placeholder:"N" help:"The cheque's number."`
	Date   string `placeholder:"DAY" help:"The cheque's date, as 2027-03-03."`
	File   string `placeholder:"FILE.csv" help:"Instead: many cheques, with the header refund,number,date,amount. All are entered or none."`
	As     string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply  bool   `help:"Write it. Without this, only what would happen is said."`
}

// Run enters cheques that were written.
func (c *refundChequeCommand) Run(ctx context.Context) error {
	cheques, err := c.read()
	if err != nil {
		return err
	}
	return withSettler(ctx, c.City, func(s *settle.Settler) error {
		out, err := s.IssueCheques(ctx, cheques, c.As, c.Apply)
		var wrong *bank.Fault
		if errors.As(err, &wrong) && c.File != "" {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		if err != nil {
			return inWords(err, payment.RefundAsk{By: c.As})
		}
		fmt.Printf("%d cheques, %s; %d that were here already.\n", out.New, out.Sum, out.Same)
		end(os.Stdout, c.Apply)
		return nil
	})
}

// read is what is typed, or the file.
func (c *refundChequeCommand) read() ([]settle.WrittenCheque, error) {
	typed := c.Refund != "" && c.Number != "" && c.Date != ""
	if typed == (c.File != "") || !typed && (c.Refund != "" || c.Number != "" || c.Date != "") {
		return nil, fmt.Errorf("%w: say REFUND --number N --date DAY, or --file FILE.csv", errUsage)
	}
	if typed {
		day, err := city.ParseDate(c.Date)
		if err != nil {
			return nil, fmt.Errorf("%w: --date: %w", errUsage, err)
		}
		return []settle.WrittenCheque{{Refund: payment.RefundID(c.Refund), Number: c.Number, Day: day}}, nil
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return nil, fmt.Errorf("read cheques: %w", err)
	}
	cheques, err := settle.ReadCheques(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	return cheques, nil
}

// refundVerb is what the verbs of one refund have in common.
type refundVerb struct {
	City   string `required:"" placeholder:"DIR" help:"The city's folder."`
	Refund string `arg:"" help:"The refund's id, from fundy refund list."`
	As     string `required:"" placeholder:"NAME" help:"Who you are: small letters, digits and . _ -."`
	Apply  bool   `help:"Write it. Without this, only what would happen is said."`
}

// on does one thing to a refund, and says what came of it.
func (c refundVerb) on(ctx context.Context, do func(f folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error)) error {
	return withCity(ctx, c.City, func(f folder, s *settle.Settler) error {
		r, said, err := do(f, s, payment.RefundID(c.Refund))
		var no *settle.ChequeRefusal
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("no refund has the id %q: fundy refund list shows them", c.Refund)
		case errors.As(err, &no):
			return no
		case err != nil:
			return inWords(err, payment.RefundAsk{By: c.As, Way: r.Way})
		}
		fmt.Printf("%s of %s %s.\n", r.ID, r.Amount, said)
		end(os.Stdout, c.Apply)
		return nil
	})
}

type refundClearedCommand struct {
	refundVerb
	Account string `required:"" placeholder:"NAME" help:"The city's account that paid it, by its name in deposits.toml."`
	Date    string `required:"" placeholder:"DAY" help:"The day on which it was paid, as 2027-03-03."`
}

// Run enters by hand that the bank has paid a cheque.
func (c *refundClearedCommand) Run(ctx context.Context) error {
	day, err := city.ParseDate(c.Date)
	if err != nil {
		return fmt.Errorf("%w: --date: %w", errUsage, err)
	}
	return c.on(ctx, func(f folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error) {
		if err := f.hasAccount(c.Account); err != nil {
			return payment.Refund{}, "", err
		}
		r, err := s.ClearRefundCheque(ctx, id, c.Account, day, c.As, c.Apply)
		return r, "has been paid by the bank", err
	})
}

// hasAccount wants a name to be one of the city's accounts.
func (f folder) hasAccount(name string) error {
	b, err := os.ReadFile(f.path(depositsFile))
	if err != nil {
		return fmt.Errorf("read %s: %w", depositsFile, err)
	}
	rules, faults := payout.ParseRules(b, f.settings.Currency)
	if len(faults) > 0 {
		return fmt.Errorf("%s:\n  %w", depositsFile, joinLines(faults))
	}
	var names []string
	for _, a := range rules.Accounts {
		if a.Name == name {
			return nil
		}
		names = append(names, a.Name)
	}
	return fmt.Errorf("%w: --account: %q is none of the city's accounts %v", errUsage, name, names)
}

type refundReturnedCommand struct{ refundVerb }

// Run enters that the post has brought a cheque back.
func (c *refundReturnedCommand) Run(ctx context.Context) error {
	return c.on(ctx, func(_ folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error) {
		r, err := s.ReturnRefundCheque(ctx, id, c.As, c.Apply)
		return r, "is back, and still the payer's: ask for the address, then fundy refund readdress", err
	})
}

type refundReaddressCommand struct {
	refundVerb
	payeeFlag
}

// Run gives a cheque another address.
func (c *refundReaddressCommand) Run(ctx context.Context) error {
	return c.on(ctx, func(f folder, s *settle.Settler, id payment.RefundID) (payment.Refund, string, error) {
		payee, err := c.seal(f, payment.ByCheque)
		if err != nil {
			return payment.Refund{}, "", err
		}
		r, err := s.AskPayeeAgain(ctx, id, payee, c.As, c.Apply)
		return r, "goes onto the next requisition, which somebody else makes", err
	})
}
