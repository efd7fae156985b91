package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"fundy/city"
	"fundy/fault"
	"fundy/ident"
	"fundy/mail"
	"fundy/office"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// mailSender is the way to the city's mail server; nil where none is set.
func (f folder) mailSender() (*mail.Sender, error) {
	m := f.settings.Mail
	if !m.On() {
		return nil, nil
	}
	c := mail.Config{Settings: m}
	if m.PasswordFile != "" {
		path := f.relative(m.PasswordFile)
		if err := onlyOwners(path); err != nil {
			return nil, fmt.Errorf("mail.password_file: %w", err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read mail.password_file: %w", err)
		}
		c.Password = strings.TrimSpace(string(b))
	}
	if m.CAFile != "" {
		b, err := os.ReadFile(f.relative(m.CAFile))
		if err != nil {
			return nil, fmt.Errorf("read mail.ca_file: %w", err)
		}
		if c.Roots, err = mail.Roots(b); err != nil {
			return nil, fmt.Errorf("mail.ca_file: %s %w", m.CAFile, err)
		}
	}
	return mail.New(c)
}

type mailTestCommand struct {
	City     string `required:"" placeholder:"DIR" help:"The city's folder."`
	ToFile   string `required:"" placeholder:"FILE" help:"A file that holds your own address, on one line: it stays off the command line, which others on this machine can read."`
	Language string `placeholder:"en|fr" help:"The message's language. Default: the city's first."`
}

// kindTest is the kind of a message by which an operator sees that messages go out.
const kindTest = "mail_test"

// Run sends one message and says what the server answered.
func (c *mailTestCommand) Run(ctx context.Context) (err error) {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	lang := f.settings.Languages[0]
	if c.Language != "" {
		lang = city.Language(c.Language)
	}
	if !slices.Contains(f.settings.Languages, lang) {
		return fmt.Errorf("%w: --language: the city has no words in %q", errUsage, lang)
	}
	sender, err := f.mailSender()
	if err != nil {
		return err
	}
	if sender == nil {
		return errors.New("no mail server is set: write host, port, tls and from under [mail] in city.toml")
	}
	to, err := os.ReadFile(c.ToFile)
	if err != nil {
		return fmt.Errorf("read --to-file: %w", err)
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f.sendTest(ctx, s, sender, lang, strings.TrimSpace(string(to)))
}

// sendTest puts the message on record like every other, so that the portal knows it, and sends it.
func (f folder) sendTest(ctx context.Context, s *store.Store, sender *mail.Sender, lang city.Language, to string) error {
	rules, err := office.LoadRules(ctx, s)
	if err != nil {
		return err
	}
	from, err := office.MailCity(f.settings, rules, lang, fault.Now())
	if err != nil {
		return err
	}
	line, err := sender.Connect(ctx)
	if err != nil {
		return fmt.Errorf("%w. Nothing was sent: look at host, port, tls, user and password_file under [mail] in city.toml", err)
	}
	defer line.Close()
	m, err := settle.MakeMessage(ctx, s, payment.Message{
		Reference: ident.Message(), Task: "fundy/test/" + ident.Secret(), Kind: kindTest, Language: string(lang), MadeAt: fault.Now(),
	})
	if err != nil {
		return err
	}
	text, err := mail.WriteTest(string(lang), m.Reference, from)
	if err != nil {
		return err
	}
	answer, sendErr := line.Send(to, m.Task, text, fault.Now())
	event, kept := payment.MessageTaken, "250"
	var no *mail.Error
	if errors.As(sendErr, &no) {
		event, kept = payment.MessageTurned, no.Why()
	}
	err = s.Write(ctx, fault.MoveMessage, func(ctx context.Context, tx *store.Tx) error {
		moved := m
		return settle.MoveMessage(ctx, tx, &moved, event, "", kept, fault.Now())
	})
	if sendErr != nil {
		return errors.Join(fmt.Errorf("the server did not take it: %w", sendErr), err)
	}
	fmt.Printf("The server took it: %s\nIts reference is %s. Look whether it arrives, in which folder, and ask for it at %s/message.\n",
		strings.TrimSpace(answer), m.Reference, strings.TrimSuffix(f.settings.Portal.PublicURL, "/"))
	return err
}

type mailBouncedCommand struct {
	City      string `required:"" placeholder:"DIR" help:"The city's folder."`
	Reference string `arg:"" help:"The reference of the message that came back: it stands near its end."`
	As        string `required:"" placeholder:"NAME" help:"Who you are."`
	Apply     bool   `help:"Do it. Without, only say what would be done."`
}

// Run marks a message that came back.
func (c *mailBouncedCommand) Run(ctx context.Context) (err error) {
	reference, ok := ident.ReadMessage(c.Reference)
	if !ok {
		return fmt.Errorf("%w: %q is no reference of a message: ten letters and digits, such as 4F7QK-8R2M2", errUsage, c.Reference)
	}
	if !payment.StaffName(c.As) {
		return fmt.Errorf("%w: --as: %q is not a name that staff can have: small letters, digits and . _ -", errUsage, c.As)
	}
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m, err := settle.MarkBounced(ctx, s, reference, c.As, fault.Now(), c.Apply)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no message has the reference %s: compare it with the message, character by character", reference)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s, of %s, about %s.\n", reference, m.Kind, clock(m.MadeAt, f.settings.City().Zone), m.Ref)
	if !c.Apply {
		fmt.Println("It would be marked as come back, and put before a supervisor.\nNothing was written: this was a dry run. Add --apply.")
		return nil
	}
	fmt.Println("It is marked as come back, and waits in fundy queue.")
	return nil
}
