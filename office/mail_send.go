package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fundy/desk"
	"fundy/fault"
	"fundy/ident"
	"fundy/mail"
	"fundy/money"
	"fundy/office/unseal"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

// mailForget is the age at which a message that could not be sent is given up: who wanted a receipt has printed it, or
// asked.
const mailForget = 7 * 24 * time.Hour

// letter is what a task of mail is about: its message's ref and language, its reader's sealed address, its words. write is nil
// where there is nothing to say any more; why says why.
type letter struct {
	ref, language string
	address       sealedAddress
	write         func(ctx context.Context, reference string) (mail.Message, error)
	why           string
}

// sealedAddress is a reader's address with all that opening it takes.
type sealedAddress struct {
	purpose string // of opening it
	subject string // whose it is
	field   string // of it
	label   string
	context string
	sealed  []byte
}

// sends makes the handler of a kind of mail. The message is on record before the mail server hears of it; the server is
// reached before the address is opened, so that one that is away costs no opening; the address is opened after a
// leaf tells of it. A crash after the server's yes and before the last write sends the same message again, with
// the same id and reference.
func (o *Office) sends(about func(context.Context, store.Task) (letter, error)) settle.Handler {
	return func(ctx context.Context, t store.Task) (string, error) {
		l, err := about(ctx, t)
		if err != nil {
			return "", err
		}
		if l.write == nil {
			return l.why, nil
		}
		if len(l.address.sealed) == 0 {
			return "nothing to send", nil
		}
		m, err := o.messageOf(ctx, payment.Message{Reference: ident.Message(), Task: t.Key, Kind: t.Kind, Ref: l.ref, Language: l.language, MadeAt: o.Now()})
		if err != nil {
			return "", err
		}
		switch {
		case m.State != payment.MessageReady:
			return string(m.State), nil // another worker has done it
		case o.Now().Sub(t.CreatedAt) > mailForget:
			return settle.Ended, o.endMessage(ctx, t, m, payment.MessageTooOld, "")
		}
		return o.send(ctx, t, m, l)
	}
}

// send gives a message to the mail server, and ends its task where that has said yes, or no for good.
func (o *Office) send(ctx context.Context, t store.Task, m payment.Message, l letter) (string, error) {
	text, err := l.write(ctx, m.Reference)
	if err != nil {
		return "", err
	}
	answer, err := o.giveToServer(ctx, t.Key, text, l.address)
	return o.endSent(ctx, t, m, answer, err)
}

// endSent writes what came of giving a message to the server, and ends its task, where that was yes, or no for good.
func (o *Office) endSent(ctx context.Context, t store.Task, m payment.Message, answer string, err error) (string, error) {
	var no *mail.Error
	switch {
	case err == nil:
		return settle.Ended, o.endMessage(context.WithoutCancel(ctx), t, m, payment.MessageTaken, answer)
	case errors.As(err, &no) && no.Permanent:
		return settle.Ended, o.endMessage(ctx, t, m, payment.MessageTurned, no.Why())
	case errors.Is(err, unseal.ErrCannotOpen), errors.Is(err, desk.ErrUnreadable), errors.Is(err, errNoReader):
		return settle.Ended, o.endMessage(ctx, t, m, payment.MessageTurned, "address does not open")
	}
	return "", err
}

// giveToServer is the foreign call: connect, open the address, send. key names the message to the server: it is the
// same each time. It returns what is kept of the server's answer.
func (o *Office) giveToServer(ctx context.Context, key string, text mail.Message, to sealedAddress) (string, error) {
	fault.Before(fault.CallMail)
	defer fault.After(fault.CallMail)
	line, err := o.Mail.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer line.Close()
	what := unseal.What{Actor: "mail", Purpose: to.purpose, Subject: to.subject, Field: to.field}
	address, err := o.opener.Open(ctx, what, to.sealed, []byte(to.label), []byte(to.context))
	if err != nil {
		return "", err
	}
	_, err = line.Send(string(address), key, text, o.Now())
	return "250", err
}

// shows says whether an attempt has a receipt to be shown.
func shows(a payment.Attempt, tickets int) bool {
	return a.Receipt != "" && a.State != payment.Reversed && a.State != payment.Returned && tickets > 0
}

// messageOf writes the message of a task, with its reference, or reads it: a task has one message, however often it
// is tried.
func (o *Office) messageOf(ctx context.Context, fresh payment.Message) (payment.Message, error) {
	var m payment.Message
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = tx.MessageOfTask(ctx, fresh.Task)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		return m, err
	}
	return settle.MakeMessage(ctx, o.Store, fresh)
}

// endMessage writes what became of a message, and ends its task, in one transaction. One that was not taken is put
// before a person.
func (o *Office) endMessage(ctx context.Context, t store.Task, m payment.Message, e payment.MessageEvent, answer string) error {
	err := o.Store.Write(ctx, fault.MoveMessage, func(ctx context.Context, tx *store.Tx) error {
		now, moved := o.Now(), m
		ended, err := tx.FinishTask(ctx, t.ID, string(e)+" "+answer, now)
		if err != nil || !ended {
			return err // another worker has done it
		}
		if err := settle.MoveMessage(ctx, tx, &moved, e, "", answer, now); err != nil {
			return err
		}
		switch {
		case moved.State == payment.MessageSent && m.Kind == settle.TaskMailLapsed:
			return settle.Settled(ctx, tx, payment.ExceptionLapsed, m.Ref, "the payer was told by e-mail", "", now)
		case moved.State != payment.MessageRefused:
			return nil
		}
		return settle.Raise(ctx, tx, payment.ExceptionMail, m.Reference, money.Zero, string(e)+" "+answer, now)
	})
	if err != nil {
		return fmt.Errorf("end message: %w", err)
	}
	return nil
}
