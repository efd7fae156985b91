package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"fundy/city"
	"fundy/lived"
)

// try is a ticket that somebody may try, and what is to be seen by it.
type try struct {
	what string
	fits func(s sample, age int) bool
}

func open(s sample) bool {
	return s.State == "open" && !s.NoPlate && s.Delivery == "windshield" && s.Jurisdiction == "NB"
}

// tries are what the demonstration prints, in order.
var tries = []try{
	{"first price (to day 15)", func(s sample, age int) bool { return open(s) && s.Offence == "METER" && age <= 14 }},
	{"second price (day 16 to 30)", func(s sample, age int) bool {
		return open(s) && s.Schedule == "C" && s.Offence == "NOPARK" && age >= 17 && age <= 29
	}},
	{"third price (after day 30)", func(s sample, age int) bool {
		return open(s) && s.Schedule == "C" && s.Offence == "NOPARK" && age >= 32
	}},
	{"under the older schedule", func(s sample, age int) bool { return open(s) && s.Schedule == "B" && s.Offence == "METER" }},
	{"accessible space, one price", func(s sample, age int) bool { return open(s) && s.Offence == "ACCESSIBLE" }},
	{"a warning, nothing to pay", func(s sample, age int) bool { return s.State == "warning" && !s.NoPlate }},
	{"out of province", func(s sample, age int) bool {
		return s.State == "open" && !s.NoPlate && s.Jurisdiction == "QC" && age <= 14
	}},
	{"already paid", func(s sample, age int) bool { return s.State == "paid" && !s.NoPlate }},
	{"under review", func(s sample, age int) bool { return s.State == "review" && !s.NoPlate }},
	{"review decided, by post", func(s sample, age int) bool { return s.State == lived.Answered }},
	{"with a photograph", func(s sample, age int) bool { return s.State == lived.Pictured }},
	{"sent to court", func(s sample, age int) bool { return s.State == "court" && !s.NoPlate }},
	{"no plate: number and day", func(s sample, age int) bool { return s.State == "open" && s.NoPlate }},
}

func (d *demo) readSamples(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read samples: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return fmt.Errorf("read sample: %w", err)
		}
		d.samples = append(d.samples, s)
	}
	return lines.Err()
}

// find is the first sample that fits and whose number does not come again.
func (d *demo) find(t try) (sample, bool) {
	seen := map[string]int{}
	for _, s := range d.samples {
		seen[s.Number]++
	}
	for _, s := range d.samples {
		issued, err := city.ParseDate(s.IssuedOn)
		if err != nil || seen[s.Number] > 1 {
			continue
		}
		age := int(d.newest.Start(time.UTC).Sub(issued.Start(time.UTC)) / (24 * time.Hour))
		if t.fits(s, age) {
			return s, true
		}
	}
	return sample{}, false
}

func (d *demo) print(w io.Writer, took time.Duration, c *demoCommand) {
	fmt.Fprintf(w, "\nFundy is ready (%.1f s). Open:  %s/\n", took.Seconds(), d.portal)
	fmt.Fprintf(w, "The office's pages:            %s/  (one click signs in: anne, ben, carl or dora)\n", d.office)
	fmt.Fprintf(w, "Card page of the sandbox:      %s/\n", d.sandbox)
	fmt.Fprintf(w, "The city, its log and its tickets: %s\n\n", filepath.Dir(d.dir))
	if c.Tickets == "" {
		fmt.Fprint(w, demoSays)
	}
	if d.lived != "" {
		fmt.Fprintf(w, "%s.\nWhat is made up besides: all that has happened, drawn from --seed %d.\n", d.lived, c.Seed)
	} else {
		fmt.Fprintf(w, "%d tickets are in.", len(d.samples))
	}
	if c.Tickets != "" && d.totals.Rejected > 0 {
		fmt.Fprintf(w, " %d of %d rows could not go in; %s says why.", d.totals.Rejected, d.totals.Rows, filepath.Join(filepath.Dir(d.dir), "rejects.csv"))
	}
	fmt.Fprintln(w, " To try:")
	for _, t := range tries {
		s, ok := d.find(t)
		if !ok {
			continue
		}
		plate := s.Jurisdiction + " " + s.Plate
		if s.NoPlate {
			plate = "day " + s.IssuedOn
		}
		fmt.Fprintf(w, "  %-30s %-14s %-14s issued %s\n", t.what, s.Number, plate, s.IssuedOn)
	}
	fmt.Fprint(w, "\nTest cards, with any date to come and any code:\n"+
		"  4242 4242 4242 4242  pays\n  4000 0000 0000 0002  is declined\n  4000 0025 0000 3155  the bank asks first\n\n"+
		"Type the plate without its province. Ctrl-C ends everything")
	if c.Keep == "" {
		fmt.Fprint(w, " and removes the city")
	}
	fmt.Fprintln(w, ".")
	if c.Keep != "" {
		fmt.Fprintf(w, "The city is kept. To run it again: fundy sandbox --city %s, and beside it fundy serve --city %s\n", d.dir, d.dir)
	}
}

// demoSays is what is not real in the demonstration.
const demoSays = `What is made up: the city and its by-law's dates; the tickets' numbers and plates, and what became
of them; their days, moved by whole weeks so that the newest is from the last seven days; and which
offence of the by-law each of Toronto's codes became (codes without one are left out; see log.txt).
What is real: 14,052 parking tickets of Toronto, November and December 2022, of which these were taken.
Contains information licensed under the Open Government Licence – Toronto.

`
