package office

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"fundy/money"
	"fundy/payment"
	"fundy/ticket"
)

// TokenKey signs quotes and slips. Each HMAC carries a prefix for its kind and the key's id, so that
// neither can stand in for the other and a key can be replaced.
type TokenKey struct {
	ID  byte
	Key []byte // 32 bytes
}

// String keeps the key out of logs.
func (TokenKey) String() string { return "[sealed]" }

// quoteToken is a quote as the visitor's browser carries it: ticket, components, instant, until when
// it holds. Signed, not sealed: it tells nothing that the page did not.
type quoteToken struct {
	Ticket     ticket.ID
	Version    int64 // of the ticket, when it was quoted
	At         time.Time
	Holds      time.Duration
	SlipAt     time.Time // zero: no slip counted
	ByCode     bool      // opened by a one-time code: it begins a payment, and shows no receipt, on which the plate stands
	Components []ticket.Component
}

// Until is when the quote no longer begins a payment.
func (q quoteToken) Until() time.Time { return q.At.Add(q.Holds) }

// Total is the sum of the components, in minor units.
func (q quoteToken) Total() (money.Amount, error) {
	amounts := make([]money.Amount, 0, len(q.Components))
	for _, c := range q.Components {
		amounts = append(amounts, c.Amount)
	}
	return money.Sum(amounts...)
}

// Frozen is what a payment freezes of a quote.
func (q quoteToken) Frozen(revenue string) (payment.Frozen, error) {
	total, err := q.Total()
	return payment.Frozen{
		Ticket: q.Ticket, Version: q.Version, QuotedAt: q.At, HoldsUntil: q.Until(),
		Components: q.Components, Total: total, Revenue: revenue,
	}, err
}

const (
	tokenForm     = 1
	tokenByCode   = 2   // the same form, of a ticket that a one-time code has opened
	tokenMAC      = 16  // bytes of the HMAC that are kept
	tokenMax      = 400 // characters of a token: a longer one is not ours
	componentsMax = 13  // all that an offence can be made of, and what has been paid of it
)

// componentCodes are the component kinds by their place in a token. Append only.
var componentCodes = []ticket.ComponentKind{ticket.Penalty, ticket.EarlyPayment, ticket.LateFee, ticket.SearchFee, ticket.OtherFee, ticket.DenialFee, ticket.Costs, ticket.Contribution, ticket.PartPayment}

var errToken = errors.New("not a quote of ours")

// signQuote writes a token of about 100 characters.
func signQuote(key TokenKey, q quoteToken) (string, error) {
	if len(q.Ticket) > 64 || len(q.Components) > componentsMax {
		return "", fmt.Errorf("quote too large for a token")
	}
	form := byte(tokenForm)
	if q.ByCode {
		form = tokenByCode
	}
	b := []byte{form, key.ID, byte(len(q.Ticket))}
	b = append(b, q.Ticket...)
	b = binary.AppendVarint(b, q.Version)
	b = binary.AppendVarint(b, q.At.UnixMicro())
	b = binary.AppendVarint(b, int64(q.Holds/time.Second))
	slip := int64(0)
	if !q.SlipAt.IsZero() {
		slip = q.SlipAt.Unix()
	}
	b = binary.AppendVarint(b, slip)
	b = append(b, byte(len(q.Components)))
	for _, c := range q.Components {
		code, err := componentCode(c.Kind)
		if err != nil {
			return "", err
		}
		b = append(b, code, byte(c.Tier))
		b = binary.AppendVarint(b, c.Amount.Minor())
	}
	return base64.RawURLEncoding.EncodeToString(append(b, quoteMAC(key, b)...)), nil
}

// readQuote checks a token's signature and reads it. It does not look at the time.
func readQuote(key TokenKey, token string) (quoteToken, error) {
	var q quoteToken
	if len(token) > tokenMax {
		return q, errToken
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < tokenMAC+3 {
		return q, errToken
	}
	body, mac := b[:len(b)-tokenMAC], b[len(b)-tokenMAC:]
	if (body[0] != tokenForm && body[0] != tokenByCode) || body[1] != key.ID || !hmac.Equal(mac, quoteMAC(key, body)) {
		return q, errToken
	}
	// From here on it is our own writing: what does not parse is a fault of ours, not of the visitor.
	return parseQuote(body)
}

func parseQuote(b []byte) (quoteToken, error) {
	var q quoteToken
	q.ByCode = b[0] == tokenByCode
	r := tokenReader{b: b[2:]}
	q.Ticket = ticket.ID(r.take(int(r.byte())))
	q.Version = r.varint()
	q.At = time.UnixMicro(r.varint()).UTC()
	q.Holds = time.Duration(r.varint()) * time.Second
	if slip := r.varint(); slip != 0 {
		q.SlipAt = time.Unix(slip, 0).UTC()
	}
	n := int(r.byte())
	for range min(n, componentsMax) {
		code, tier := r.byte(), r.byte()
		if int(code) >= len(componentCodes) {
			return q, errToken
		}
		q.Components = append(q.Components, ticket.Component{
			Kind: componentCodes[code], Tier: int(tier), Amount: money.FromMinor(r.varint()),
		})
	}
	if r.short || len(r.b) != 0 {
		return q, errToken
	}
	return q, nil
}

// tokenReader reads a token's fields; once it has run short, it stays so.
type tokenReader struct {
	b     []byte
	short bool
}

func (r *tokenReader) take(n int) []byte {
	if n > len(r.b) {
		r.short = true
		return nil
	}
	got := r.b[:n]
	r.b = r.b[n:]
	return got
}

func (r *tokenReader) byte() byte {
	if got := r.take(1); got != nil {
		return got[0]
	}
	return 0
}

func (r *tokenReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.short = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func quoteMAC(key TokenKey, body []byte) []byte {
	h := hmac.New(sha256.New, key.Key)
	h.Write([]byte("fundy quote v1\x00"))
	h.Write(body)
	return h.Sum(nil)[:tokenMAC]
}

func componentCode(kind ticket.ComponentKind) (byte, error) {
	for i, k := range componentCodes {
		if k == kind {
			return byte(i), nil
		}
	}
	return 0, fmt.Errorf("component %q has no place in a token", kind)
}
