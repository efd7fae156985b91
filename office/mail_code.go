package office

import (
	"context"
	"encoding/json"
	"fmt"

	"fundy/mail"
	"fundy/payment"
	"fundy/seal"
	"fundy/settle"
	"fundy/store"
)

// sealAddress seals an address that a caller has dictated, under the id of what is sent to it.
func (o *Office) sealAddress(address, id string) ([]byte, error) {
	return o.public.Seal([]byte(address), []byte(seal.CallerAddress), []byte(id))
}

// codeLetter is a one-time code by e-mail. A code that is good no more is not sent.
func (o *Office) codeLetter(ctx context.Context, t store.Task) (letter, error) {
	var params settle.CodeMail
	if err := json.Unmarshal([]byte(t.Params), &params); err != nil {
		return letter{}, fmt.Errorf("read task parameters: %w", err)
	}
	var c payment.Code
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = tx.Code(ctx, t.Ref)
		return err
	})
	if err != nil {
		return letter{}, err
	}
	if !c.Good(o.Now()) {
		return letter{why: "good no more"}, nil
	}
	l := letter{ref: c.ID, language: c.Language, address: sealedAddress{
		purpose: "code", subject: c.ID, field: "email", label: seal.CallerAddress, context: c.ID, sealed: params.Sealed,
	}}
	l.write = func(_ context.Context, reference string) (mail.Message, error) {
		lang := o.mailLanguage(c.Language)
		from, err := o.mailCity(lang)
		if err != nil {
			return mail.Message{}, err
		}
		return mail.WriteCode(string(lang), reference, from, mail.Code{Digits: payment.ShowCode(o.staffKey().PhoneDigits(c.ID)), Until: c.Until})
	}
	return l, nil
}
