package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// sqlite measures a city on SQLite.
func (b *bench) sqlite(ctx context.Context) error {
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "sqlite"), "")
	if err != nil {
		return err
	}
	if err := c.startCard(); err != nil {
		return err
	}
	defer c.stop()
	took, err := c.start(ctx)
	if err != nil {
		return err
	}
	b.add(less("start to first answer", float64(took.Microseconds())/1000, "ms", 300, "office and portal started together"))
	bytes, files, err := firstPage(ctx, c.base())
	if err != nil {
		return err
	}
	b.add(less("first page, style sheets and icon", float64(bytes), "bytes", 14600, fmt.Sprintf("%d answers with their heads, compressed, without TLS", files)))
	if err := b.payOnSQLite(ctx, c); err != nil {
		return err
	}
	if err := b.lookUpsAndLoad(ctx, c); err != nil {
		return err
	}
	return b.loadOnSQLite(ctx)
}

// payOnSQLite measures payments, alone and beside look-ups.
func (b *bench) payOnSQLite(ctx context.Context, c *benched) error {
	tokens, next, err := c.quotes(ctx, 0, 2500)
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	rate, err := c.payments(ctx, b.span, tokens)
	if err != nil {
		return fmt.Errorf("payments: %w", err)
	}
	ceiling, err := b.barePayments(ctx)
	if err != nil {
		return fmt.Errorf("bare payments: %w", err)
	}
	b.add(more("whole payments, SQLite", rate, "payments/s", ceiling, 0.35, fmt.Sprintf(
		"%d clients over the desk, office as a process, card processor over HTTP, no events; ceiling: a bare loop of %d commits a payment", clients, commitsPerPayment)))
	return b.lookUpsOnSQLite(ctx, c, next)
}

// lookUpsOnSQLite measures the page of a found ticket, alone, beside payments and beside an import, and a
// look-up with its form.
func (b *bench) lookUpsOnSQLite(ctx context.Context, c *benched, next int) error {
	example, err := c.example(ctx)
	if err != nil {
		return fmt.Errorf("a ticket's page: %w", err)
	}
	bare, err := b.barePages(ctx, example)
	if err != nil {
		return fmt.Errorf("bare pages: %w", err)
	}
	alone, err := c.pages(ctx, b.span)
	if err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	b.add(more("ticket pages, alone", alone, "pages/s", bare, 0.35, fmt.Sprintf(
		"%d clients; ceiling: a bare server, one SQLite read and one template of the same page (%d bytes), as compressed; the city's limits are lifted", clients, len(example))))
	both, err := c.lookUps(ctx, b.span)
	if err != nil {
		return fmt.Errorf("look-ups: %w", err)
	}
	b.add(more("look-ups, form and page in turn", both, "requests/s", bare, 0, "the same ceiling"))
	tokens, _, err := c.quotes(ctx, next, 2500)
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	var paid, looked float64
	var payErr, lookErr error
	var wg sync.WaitGroup
	wg.Go(func() { paid, payErr = c.payments(ctx, b.span, tokens) })
	wg.Go(func() { looked, lookErr = c.pages(ctx, b.span) })
	wg.Wait()
	if payErr != nil || lookErr != nil {
		return fmt.Errorf("pages beside payments: %w, %w", lookErr, payErr)
	}
	b.add(more("ticket pages, with payments running", looked, "pages/s", bare, 0.35, fmt.Sprintf("beside %.0f whole payments/s; the ceiling is the one without", paid)))
	return b.pagesBesideLoad(ctx, c, bare)
}

// pagesBesideLoad measures pages while an import runs, which is then ended.
func (b *bench) pagesBesideLoad(ctx context.Context, c *benched, bare float64) error {
	file := filepath.Join(b.work, "beside.csv")
	if err := c.writeTickets(file, 20_000*int(b.span/time.Second+1), 1); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, c.program, c.importArgs(file)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	time.Sleep(time.Second) // it reads the file a first time before it writes
	rate, err := c.pages(ctx, b.span)
	if err != nil {
		return fmt.Errorf("pages beside an import: %w", err)
	}
	note := "the ceiling is the one without an import"
	select {
	case <-ended:
		note = "the import had ended before the measurement had; " + note
	default:
		_ = cmd.Process.Kill()
		<-ended
	}
	b.add(more("ticket pages, while an import runs", rate, "pages/s", bare, 0.35, note))
	return nil
}

// lookUpsAndLoad imports beside the running city and measures its memory then.
func (b *bench) lookUpsAndLoad(ctx context.Context, c *benched) error {
	file := filepath.Join(b.work, "more.csv")
	if err := c.writeTickets(file, b.rows, copiesMost); err != nil {
		return err
	}
	_, tickets, err := c.timedLoad(ctx, file)
	if err != nil {
		return err
	}
	if _, err := c.lookUps(ctx, b.span/5); err != nil {
		return err
	}
	for _, p := range []struct {
		name   string
		cmd    *exec.Cmd
		target float64
	}{{"portal", c.portal, 30}, {"office", c.office, 80}} {
		whole, own, err := resident(p.cmd.Process.Pid)
		if err != nil {
			return err
		}
		b.add(less("resident memory of the "+p.name, whole, "MB", p.target, fmt.Sprintf(
			"after all of the above and an import of %d tickets; %.0f MB its own, the rest is the program's file", tickets, own)))
	}
	return nil
}

// loadOnSQLite measures an import into a city that nobody else uses.
func (b *bench) loadOnSQLite(ctx context.Context) error {
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "load"), "")
	if err != nil {
		return err
	}
	file := filepath.Join(b.work, "load.csv")
	if err := c.writeTickets(file, b.rows, 1); err != nil {
		return err
	}
	rate, tickets, err := c.timedLoad(ctx, file)
	if err != nil {
		return err
	}
	ceiling, err := b.bareLoad(ctx, c)
	if err != nil {
		return fmt.Errorf("bare import: %w", err)
	}
	b.add(more("import, SQLite", rate, "tickets/s", ceiling, 0.3, fmt.Sprintf(
		"%d tickets from CSV; ceiling: prepared inserts of the finished rows, transactions of 1,000", tickets)))
	return nil
}
