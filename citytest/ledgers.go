package citytest

import (
	"log/slog"

	"fundy/settle"
)

// What tests need the names of.
type (
	TicketNumber = settle.TicketNumber
	ExportAsk    = settle.ExportAsk
)

// Ledgers is what finance takes out of the city's ledger.
func (c *City) Ledgers() *settle.Books {
	return settle.NewBooks(settle.BooksConfig{Store: c.Store, City: c.Settings.City(), Rules: c.Rules, Now: c.Now, Log: slog.New(slog.NewTextHandler(c.Log, nil))})
}
