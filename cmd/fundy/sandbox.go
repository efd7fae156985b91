package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"golang.org/x/sync/errgroup"

	"fundy/fault"
	"fundy/sandbox"
	"fundy/web"
)

type sandboxCommand struct {
	City    string `required:"" placeholder:"DIR" help:"The demo city whose keys and address it takes."`
	Control string `placeholder:"TOKEN" help:"Opens the control page /_sandbox/ (clock, faults, webhooks) to who brings this token."`
}

// Run is a card processor for one demo city until it is told to stop.
func (c *sandboxCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	if f.settings.Kind != "demo" || f.settings.Processor.BaseURL == "" {
		return fmt.Errorf("%w: only a demo city with processor.base_url on this machine has a sandbox", errUsage)
	}
	key, err := f.key("office", "processor.key")
	if err != nil {
		return err
	}
	secret, err := f.key("office", "webhook.secret")
	if err != nil {
		return err
	}
	s, err := sandbox.New(sandbox.Config{
		PublicURL: f.settings.Processor.BaseURL, Key: string(key), WebhookURL: "http://" + f.settings.Portal.Listen + "/processor/stripe",
		WebhookSecret: string(secret), ControlToken: c.Control, DataFile: f.path("sandbox.json"), Now: fault.Now, Log: slog.Default(),
	})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.settings.Processor.CardHost)
	if err != nil {
		return fmt.Errorf("processor.card_host: %w", err)
	}
	slog.Info("sandbox: open", "address", f.settings.Processor.BaseURL)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return web.Serve(ctx, l, s.Handler()) })
	g.Go(func() error { return s.Run(ctx) })
	return g.Wait()
}
