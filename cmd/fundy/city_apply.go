package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fundy/city"
	"fundy/fault"
	"fundy/store"
)

type applyCommand struct {
	City  string `required:"" placeholder:"DIR" help:"The city's folder."`
	File  string `arg:"" help:"The rules file (TOML)."`
	Apply bool   `help:"Write it. Without this, only what would change is said."`
}

// Run loads effective-dated rows. A row that stands is never rewritten: what a day has set stays true
// for that day, and tickets keep the schedule of their day of issue.
func (c *applyCommand) Run(ctx context.Context) error {
	f, err := openFolder(c.City)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("%w: file: %w", errUsage, err)
	}
	rules, faults := city.ParseRules(b, os.DirFS(filepath.Dir(c.File)), f.settings.City())
	if len(faults) > 0 {
		return fmt.Errorf("%w: %s:\n  %w", errUsage, c.File, joinLines(faults))
	}
	rows, err := rules.Rows()
	if err != nil {
		return err
	}
	s, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.write(ctx, s, rows, f.settings.City()), s.Close())
}

func (c *applyCommand) write(ctx context.Context, s *store.Store, rows []city.RuleRow, of city.City) error {
	var counts map[string]int
	err := s.Write(ctx, fault.ApplyRules, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.LockSettlement(ctx); err != nil { // nobody approves rules meanwhile
			return err
		}
		standing, err := tx.Rules(ctx)
		if err != nil {
			return err
		}
		counts = map[string]int{}
		var fresh []city.RuleRow
		for _, change := range city.Diff(standing, rows) {
			counts[change.What]++
			switch change.What {
			case "new":
				fresh = append(fresh, change.Row)
				fmt.Printf("new          %s %s from %s\n", change.Row.Kind, change.Row.Key, change.Row.From)
			case "contradicts":
				fmt.Printf("contradicts  %s %s from %s: it stands with other content; give the new one a later day\n", change.Row.Kind, change.Row.Key, change.Row.From)
			}
		}
		if counts["contradicts"] > 0 {
			return fmt.Errorf("%d rows contradict what stands: nothing was written", counts["contradicts"])
		}
		if len(fresh) == 0 {
			return nil
		}
		all, err := city.RulesFromRows(append(standing, fresh...))
		if err != nil {
			return err
		}
		if faults := all.Check(of); len(faults) > 0 {
			return fmt.Errorf("they can't stand beside the rules that do, and nothing was written:\n  %w", joinLines(faults))
		}
		if !c.Apply {
			return nil
		}
		now := time.Now()
		if err := tx.AddRules(ctx, fresh, now); err != nil {
			return err
		}
		return tx.Tell(ctx, "rules", now, map[string]any{"rows": fresh})
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d new, %d the same. Tickets that stand keep the schedule of their day of issue.\n", counts["new"], counts["same"])
	if !c.Apply {
		fmt.Println(dryRun)
	}
	return nil
}
