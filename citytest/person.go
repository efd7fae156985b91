package citytest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"fundy/visitor"
)

// Person is somebody at a browser who wants tickets paid and does not give up: what does not answer, or says
// "try again in a moment", he tries again.
type Person struct {
	City     *Processes
	Tickets  []int         // of the template
	Patience time.Duration // how long he tries one thing; 0: patience
	Code     string        // that a clerk has told him; empty: he finds the tickets himself
	Attempt  string
	Page     string // what the last page says
	v        visitor.Visitor
}

// patience bounds how long a payer tries one thing.
const patience = 25 * time.Second

// try does one thing from the page that he is at, again until it is answered.
func (p *Person) try(ctx context.Context, do func(ctx context.Context, v *visitor.Visitor)) error {
	within := p.Patience
	if within == 0 {
		within = patience
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		v := p.v
		v.Err = nil
		do(ctx, &v)
		if v.Err == nil && v.Status < 500 && v.Status != 429 {
			p.v = v
			p.Page = strings.ReplaceAll(v.Text(), "\u00a0", " ")
			if m := attemptIn.FindStringSubmatch(v.At); m != nil {
				p.Attempt = m[1]
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not answered within %s: status %d", within, v.Status), v.Err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var attemptIn = regexp.MustCompile(`/r/([0-9a-z]+)`)

// Begin finds his tickets and begins a payment of them. He is at the card page, or at one that says why not.
func (p *Person) Begin(ctx context.Context) error {
	base := p.City.Settings.Portal.PublicURL
	if p.Code != "" {
		err := p.try(ctx, func(ctx context.Context, v *visitor.Visitor) {
			v.Open(ctx, base+"/pay/code")
			v.Send(ctx, "code", "/pay/code", map[string]string{"code": p.Code})
		})
		if err != nil {
			return fmt.Errorf("open the code: %w", err)
		}
	}
	for _, i := range p.Tickets {
		if p.Code != "" {
			break // the code has opened them
		}
		number, plate := TicketOf(i)
		err := p.try(ctx, func(ctx context.Context, v *visitor.Visitor) {
			v.Open(ctx, base+"/pay")
			v.Send(ctx, "find", "/pay/find", map[string]string{"number": number, "plate": plate})
		})
		if err != nil {
			return fmt.Errorf("find %s: %w", number, err)
		}
	}
	if err := p.try(ctx, func(ctx context.Context, v *visitor.Visitor) { v.Open(ctx, base+"/pay/confirm") }); err != nil {
		return fmt.Errorf("open the confirm page: %w", err)
	}
	if !strings.HasSuffix(p.v.At, "/pay/confirm") {
		return nil // nothing can be paid now: the page says why
	}
	// The same form again is the same request: one payment.
	err := p.try(ctx, func(ctx context.Context, v *visitor.Visitor) {
		typed := map[string]string{"email": ReceiptAddress}
		if v.Hidden("box") != "" { // a ticket is under review: he pays all the same
			typed["box"] = "1"
		}
		v.Send(ctx, "confirm", "/pay/start", typed)
	})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	p.backLink()
	return nil
}

// backLink reads the attempt from the card page's way back.
func (p *Person) backLink() {
	for n := range p.v.Page.Descendants() {
		for _, a := range n.Attr {
			if m := attemptIn.FindStringSubmatch(a.Val); a.Key == "href" && m != nil {
				p.Attempt = m[1]
			}
		}
	}
}

// AtCard says whether he is at a card page.
func (p *Person) AtCard() bool { return strings.Contains(p.v.At, "/c/pay/") }

// ToCard brings him to the card page of a payment that has begun, once there is one.
func (p *Person) ToCard(ctx context.Context) error {
	if p.AtCard() || p.Attempt == "" {
		return nil
	}
	if err := p.Look(ctx); err != nil {
		return err
	}
	for n := range p.v.Page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.Contains(a.Val, "/c/pay/") {
				return p.try(ctx, func(ctx context.Context, v *visitor.Visitor) { v.Open(ctx, a.Val) })
			}
		}
	}
	return nil
}

// Card types a card that pays, and comes back.
func (p *Person) Card(ctx context.Context) error { return p.Type(ctx, CardNumber) }

// Type types a card on the card page.
func (p *Person) Type(ctx context.Context, number string) error {
	if !p.AtCard() {
		return nil
	}
	// Where the answer was lost, the same form again leads back: the processor has the money already.
	err := p.try(ctx, func(ctx context.Context, v *visitor.Visitor) { TypeCard(ctx, v, number) })
	if err != nil {
		return fmt.Errorf("type the card: %w", err)
	}
	return nil
}

// Look reads how his payment stands.
func (p *Person) Look(ctx context.Context) error {
	if p.Attempt == "" {
		return nil
	}
	// The page that he comes back to holds its answer; this one, "back without paying", does not.
	return p.try(ctx, func(ctx context.Context, v *visitor.Visitor) {
		v.Open(ctx, p.City.Settings.Portal.PublicURL+"/r/"+p.Attempt+"?c=1")
	})
}

// Paid says whether his page is a receipt.
func (p *Person) Paid() bool { return strings.Contains(p.Page, "Paid in full") }
