package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"fundy/store"
)

type ledgerCheckCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
	JSON bool   `name:"json" help:"Print the findings as JSON."`
}

// Run recomputes everything from the postings: no ticket captured twice, no captured cent without an
// allocation, each paid ticket's receivable zero by component, clearing equal to what was captured.
func (c *ledgerCheckCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	// Millions of postings are read through.
	ctx, cancel := context.WithTimeout(ctx, 6*time.Hour)
	defer cancel()
	var check store.LedgerCheck
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		check, err = tx.CheckLedger(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(check); err != nil {
			return err
		}
	} else {
		check.Print(os.Stdout)
	}
	if len(check.Faults) > 0 {
		return fmt.Errorf("the ledger does not agree: %d findings", len(check.Faults))
	}
	return nil
}
