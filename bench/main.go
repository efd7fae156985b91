// Command bench measures Fundy against ceilings that are measured in the same run, prints a table and
// writes bench/results.json. ratio is value/ceiling where more is better, ceiling/value where less is.
//
// The city under measurement is the demonstration's, with the program's own office and portal as
// processes. The card processor is a sandbox in this process that keeps nothing on disk. Ceilings run
// on the same disk, one after the other, never while a value is measured.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"
)

// row is one measurement.
type row struct {
	At      string  `json:"at"`
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Ceiling float64 `json:"ceiling"`
	Ratio   float64 `json:"ratio"`
	Target  float64 `json:"target"` // of the ratio; 0: none is set
	Note    string  `json:"note,omitempty"`
}

// more is a row in which more is better.
func more(name string, value float64, unit string, ceiling, target float64, note string) row {
	return row{Name: name, Value: round(value), Unit: unit, Ceiling: round(ceiling), Ratio: round(value / ceiling), Target: target, Note: note}
}

// less is a row in which less is better; its ceiling is its target.
func less(name string, value float64, unit string, target float64, note string) row {
	return row{Name: name, Value: round(value), Unit: unit, Ceiling: target, Ratio: round(target / value), Target: 1, Note: note}
}

// round keeps three decimals: more would pretend.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

// bench is one run.
type bench struct {
	work     string // a folder that is removed at the end
	program  string // fundy, built as it is shipped
	span     time.Duration
	rows     int // tickets of the import
	captures int // of the settled day
	postings int // of the checked ledger
	results  []row
}

func (b *bench) add(r ...row) {
	for _, one := range r {
		one.At = time.Now().UTC().Format(time.RFC3339)
		show(one)
		b.results = append(b.results, one)
	}
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "bare" {
		log.Fatal(serveBare(os.Args[2], os.Args[3]))
	}
	b := &bench{}
	flag.DurationVar(&b.span, "span", 5*time.Second, "how long each rate is measured")
	flag.IntVar(&b.rows, "rows", 100_000, "tickets of the import, at most 1000000")
	flag.IntVar(&b.captures, "captures", 100_000, "captures of the settled day; ten times as many are settled too")
	flag.IntVar(&b.postings, "postings", 1_000_000, "postings of the checked ledger, at most 10000000")
	only := flag.String("only", "", "city: what a city on SQLite and on PostgreSQL does; import: of that, only imports; money: settlement and the ledger's check; search: a clerk's, over a million tickets; else city, money and search")
	out := flag.String("out", "bench/results.json", "where the results go")
	profile := flag.String("cpuprofile", "", "a file for a profile of this process, which settles and checks by itself")
	waits := flag.Bool("waits", false, "measure only how long payers wait while an import runs; writes no results")
	failovers := flag.Int("failover", -1, "only kill the primary of a city on PostgreSQL, so many times, and freeze one; writes no results")
	flag.Parse()
	if b.rows < 1 || b.rows > 1_000_000 {
		log.Fatal("-rows is 1 to 1000000")
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if err := b.run(context.Background(), *out, *only, *waits, *failovers); err != nil {
		log.Fatal(err)
	}
}

func (b *bench) run(ctx context.Context, out, only string, waits bool, failovers int) error {
	var err error
	if b.work, err = os.MkdirTemp("", "fundy-bench-"); err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			os.RemoveAll(b.work)
		}
	}()
	// PostgreSQL's own user has to come through here; each city's folder is closed by itself.
	if err := os.Chmod(b.work, 0o755); err != nil {
		return err
	}
	b.program = filepath.Join(b.work, "fundy")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s", "-o", b.program, "./cmd/fundy")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, text)
	}
	if waits {
		return b.waitsBesideLoad(ctx)
	}
	if failovers >= 0 {
		err := b.failovers(ctx, failovers)
		if keep = err != nil; keep {
			fmt.Println("clusters and logs are kept in", b.work)
		}
		return err
	}
	fmt.Printf("%-46s %10s %-10s %10s %7s %7s\n", "", "value", "unit", "ceiling", "ratio", "target")
	// What was measured is kept, whatever stops the rest.
	var errs []error
	if only == "" || only == "city" {
		errs = append(errs, b.sqlite(ctx), b.postgres(ctx))
	}
	if only == "import" {
		errs = append(errs, b.loadOnSQLite(ctx), b.onCluster(ctx, b.loadOnPostgres))
	}
	if only == "" || only == "money" {
		errs = append(errs, b.money(ctx))
	}
	if only == "" || only == "search" {
		errs = append(errs, b.search(ctx))
	}
	return errors.Join(append(errs, b.write(out))...)
}

func show(r row) {
	missed := ""
	if r.Ratio < r.Target {
		missed = fmt.Sprintf("MISSED by %.0f %%: ", 100*(1-r.Ratio/r.Target))
	}
	fmt.Printf("%-46s %10.1f %-10s %10.1f %7.3f %7.2f %s%s\n", r.Name, r.Value, r.Unit, r.Ceiling, r.Ratio, r.Target, missed, r.Note)
}

// write writes the results. Rows of an earlier run that this one has not measured stay, with their own time.
func (b *bench) write(out string) error {
	var had struct {
		Rows []row `json:"rows"`
	}
	if text, err := os.ReadFile(filepath.Clean(out)); err == nil {
		if err := json.Unmarshal(text, &had); err != nil {
			return fmt.Errorf("%s: %w", out, err)
		}
	}
	for _, one := range b.results {
		at := slices.IndexFunc(had.Rows, func(r row) bool { return r.Name == one.Name })
		if at < 0 {
			had.Rows = append(had.Rows, one)
			continue
		}
		had.Rows[at] = one
	}
	text, err := json.MarshalIndent(map[string]any{
		"go": runtime.Version(), "cores": runtime.NumCPU(), "span_seconds": b.span.Seconds(), "rows": had.Rows,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(out), append(text, '\n'), 0o644)
}
