// Command bench measures Fundy against ceilings that are measured in the same run, prints a table and
// writes bench/results.json. ratio is value/ceiling where more is better, ceiling/value where less is.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// row is one measurement.
type row struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Ceiling float64 `json:"ceiling"`
	Ratio   float64 `json:"ratio"`
	Target  float64 `json:"target"` // of the ratio where there is a ceiling to measure, else of the value
	Note    string  `json:"note,omitempty"`
}

// more is a row in which more is better.
func more(name string, value float64, unit string, ceiling, target float64, note string) row {
	return row{Name: name, Value: value, Unit: unit, Ceiling: ceiling, Ratio: value / ceiling, Target: target, Note: note}
}

// less is a row in which less is better; its ceiling is its target.
func less(name string, value float64, unit string, target float64, note string) row {
	return row{Name: name, Value: value, Unit: unit, Ceiling: target, Ratio: target / value, Target: 1, Note: note}
}

func main() {
	seconds := flag.Int("seconds", 5, "how long each rate is measured")
	out := flag.String("out", "bench/results.json", "where the results go")
	flag.Parse()
	if err := run(context.Background(), time.Duration(*seconds)*time.Second, *out); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, span time.Duration, out string) error {
	work, err := os.MkdirTemp("", "fundy-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	rows, err := pages(ctx, work, span)
	if err != nil {
		return err
	}
	return write(rows, out)
}

func write(rows []row, out string) error {
	fmt.Printf("%-44s %12s %-8s %12s %7s %7s\n", "", "value", "unit", "ceiling", "ratio", "target")
	for _, r := range rows {
		missed := ""
		if r.Ratio < r.Target {
			missed = fmt.Sprintf("missed by %.0f %%", 100*(1-r.Ratio/r.Target))
		}
		fmt.Printf("%-44s %12.1f %-8s %12.1f %7.2f %7.2f %s %s\n", r.Name, r.Value, r.Unit, r.Ceiling, r.Ratio, r.Target, missed, r.Note)
	}
	b, err := json.MarshalIndent(map[string]any{
		"at": time.Now().UTC().Format(time.RFC3339), "go": runtime.Version(), "cores": runtime.NumCPU(), "rows": rows,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(out), append(b, '\n'), 0o644)
}
