package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"fundy/store"
	"fundy/visitor"
)

// once pays one ticket over plain HTTP, as a browser without JavaScript would: each step reads the page
// before it and sends its form.
func (d *demo) once(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, ok := d.find(tries[0])
	if !ok {
		s, ok = d.find(try{fits: func(s sample, _ int) bool { return s.State == "open" && !s.NoPlate && s.Offence != "WARNING" }})
	}
	if !ok {
		return errors.New("no ticket of these can be paid")
	}
	b := &visitor.Visitor{Out: out}
	started := time.Now()
	b.Open(ctx, d.portal+"/")
	b.Open(ctx, d.portal+"/pay")
	b.Send(ctx, "look for ticket "+s.Number, "/pay/find", map[string]string{"number": s.Number, "plate": s.Plate})
	quoted := b.Amount()
	b.Open(ctx, d.portal+"/pay/confirm")
	b.Send(ctx, "confirm", "/pay/start", map[string]string{})
	attempt := ""
	b.Send(ctx, "type a test card on the card page", "/c/pay/", map[string]string{"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"})
	for range 5 {
		if b.Err != nil || strings.Contains(b.At, "/receipt") {
			break
		}
		b.Open(ctx, b.At)
	}
	if m := regexp.MustCompile(`/r/([0-9a-z]+)/`).FindStringSubmatch(b.At); m != nil {
		attempt = m[1]
	}
	receipt := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(b.Text())
	if b.Err != nil {
		return b.Err
	}
	if receipt == "" || attempt == "" {
		return fmt.Errorf("no receipt at %s: %s", d.path(b.At), b.Text())
	}
	return d.agree(ctx, out, s, quoted, attempt, receipt, time.Since(started))
}

// path is an address without its secret.
func (d *demo) path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an unreadable address"
	}
	return u.Host
}

// agree compares with the ledger, and prints the one line.
func (d *demo) agree(ctx context.Context, out io.Writer, s sample, quoted int64, attempt, receipt string, took time.Duration) error {
	var check bytes.Buffer
	cmd, err := child(ctx, &check, "ledger", "check", "--city", d.dir, "--json")
	if err != nil {
		return err
	}
	runErr := cmd.Run()
	var ledger store.LedgerCheck
	if err := json.Unmarshal(check.Bytes(), &ledger); err != nil {
		return errors.Join(fmt.Errorf("read ledger check: %w: %s", err, check.String()), runErr)
	}
	line, err := json.Marshal(struct {
		Ticket   string `json:"ticket"`
		Quoted   int64  `json:"quoted"`
		Captured int64  `json:"captured"`
		Attempt  string `json:"attempt"`
		State    string `json:"state"`
		Receipt  string `json:"receipt"`
		MS       int64  `json:"ms"`
	}{s.Number, quoted, ledger.Captured, attempt, "captured", receipt, took.Milliseconds()})
	if err != nil {
		return err
	}
	if runErr != nil {
		return runErr
	}
	if ledger.Captured != quoted || ledger.Clearing != quoted {
		return fmt.Errorf("the ledger does not agree: quoted %d, captured %d, clearing %d", quoted, ledger.Captured, ledger.Clearing)
	}
	fmt.Fprintln(out, string(line))
	return nil
}
