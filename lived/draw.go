package lived

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/intake"
	"fundy/ticket"
)

// drawn is a ticket: a real one's time, place and kind, and what was drawn of the rest.
type drawn struct {
	id                    ticket.ID // once it has come in
	number, plate, kind   string
	day                   city.Date
	state, paidOn, tail   string // as the file has them
	offence, jurisdiction string
	taken                 bool   // somebody pays it, or a case is about it
	paid                  bool   // by card
	shows                 string // what a case has made of it that is worth a look: the state of its sample
}

// header is the file's, as the mapping knows it, with the columns that are drawn.
const header = "Tag,Issue_Date,Plate,State,Paid_On,Code,Description,Fine Amount,Issue Time,Proximity,Address,Proximity_optional,Address_optional,Province,Month,Hour"

// readMapping is the demonstration's, with numbers and plates from the file instead of made up on the way.
func readMapping() (intake.Mapping, error) {
	b, err := examples.Files.ReadFile("mappings/toronto-demo.toml")
	if err != nil {
		return intake.Mapping{}, err
	}
	text, _, found := strings.Cut(string(b), "\n[made_up]\n")
	if !found {
		return intake.Mapping{}, errors.New("the demonstration's mapping makes nothing up")
	}
	text = strings.Replace(text, "\n[field]\n", `
[field]
number  = { column = "Tag" }
plate   = { column = "Plate" }
state   = { column = "State" }
paid_on = { column = "Paid_On", forms = ["YYYY-MM-DD"] }
`, 1)
	m, faults := intake.ParseMapping([]byte(strings.Replace(text, `"toronto-demo"`, `"toronto-lived"`, 1)), nil)
	if len(faults) > 0 {
		return m, fmt.Errorf("read mapping: %w", faults[0])
	}
	return m, nil
}

// codes are those of Toronto's that are offences under both of the demonstration's schedules, warnings apart.
var codes = map[string]string{
	"1": "METER", "207": "METER", "208": "METER", "209": "METER", "312": "METER", "313": "METER", "314": "METER", "315": "METER", "2": "OVERTIME", "6": "OVERTIME",
	"249": "OVERTIME", "5": "NOPARK", "8": "NOPARK", "9": "NOPARK", "14": "NOPARK", "15": "NOPARK", "16": "NOPARK", "17": "NOPARK", "18": "NOPARK", "29": "NOPARK",
	"86": "NOPARK", "134": "NOPARK", "28": "ALTERNATE", "414": "LOADING", "415": "LOADING", "416": "LOADING", "417": "LOADING", "355": "ACCESSIBLE", "356": "ACCESSIBLE",
	"357": "ACCESSIBLE", "358": "ACCESSIBLE", "4": "OFFICIAL",
}

// snowCode is Toronto's for parking on a snow route.
const snowCode = "402"

// real is a real ticket's row: its code, and what stands after it.
type real struct{ code, rest, province string }

// readReal reads the demonstration's tickets; night are those of the hours in which snow is cleared.
func readReal() (all, night []real, err error) {
	f, err := examples.Files.Open("tickets/toronto.csv.gz")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewScanner(unzipped)
	for lines.Scan() {
		// The first three columns are Tag, Issue_Date and Code, and none is quoted.
		parts := strings.SplitN(lines.Text(), ",", 4)
		if len(parts) != 4 || codes[parts[2]] == "" {
			continue
		}
		fields := strings.Split(parts[3], ",")
		r := real{code: parts[2], rest: parts[3], province: fields[len(fields)-3]}
		all = append(all, r)
		if strings.Contains(parts[3], ",00:") || strings.Contains(parts[3], ",03:") || strings.Contains(parts[3], ",04:") {
			night = append(night, r)
		}
	}
	if err := lines.Err(); err != nil || len(all) == 0 || len(night) == 0 {
		return nil, nil, errors.Join(errors.New("no tickets to draw from"), err)
	}
	return all, night, nil
}

// Shares of the tickets.
const (
	snowShare     = 50 // one in so many is of the night of the snow ban
	migratedShare = 4  // one in so many was there when the city came to Fundy; most of them had been dealt with
	migratedDays  = 150
	reviewShare   = 60 // of those of the last weeks, one in so many is under review
)

// draw makes the tickets, by the day on which each comes in: the morning after it was issued.
func (t *town) draw() error {
	all, night, err := readReal()
	if err != nil {
		return err
	}
	vehicles := make([]string, max(t.Tickets*2/3, 1))
	for i := range vehicles {
		vehicles[i] = t.plate()
	}
	for i := range t.Tickets {
		d := &drawn{number: fmt.Sprintf("FH-%07d", 2_000_000+i*7), plate: vehicles[t.rng.IntN(len(vehicles))]}
		r, comes := all[t.rng.IntN(len(all))], city.Date{}
		switch {
		case i%snowShare == 0:
			r = night[t.rng.IntN(len(night))]
			r.code = snowCode
			d.day = t.sum.Snow
			comes = d.day.AddDays(1)
		case i%migratedShare == 1:
			d.day = t.first.AddDays(-1 - t.rng.IntN(migratedDays))
			comes = t.first
			t.migrated(d)
		default:
			d.day = t.first.AddDays(t.rng.IntN(Days - 1))
			if d.day.Start(time.UTC).Weekday() == time.Sunday && t.rng.IntN(3) > 0 {
				d.day = d.day.AddDays(-1 - t.rng.IntN(5)) // few wardens work on Sundays
			}
			if d.day.Compare(t.first) < 0 {
				d.day = t.first
			}
			comes = d.day.AddDays(1)
			if t.rng.IntN(reviewShare) == 0 && d.day.Compare(t.last.AddDays(-50)) > 0 {
				d.state = string(ticket.Review)
			}
		}
		if newest := t.newest(); comes.Compare(newest) > 0 {
			d.day, comes = newest.AddDays(-1), newest
		}
		d.offence, d.tail = codes[r.code], r.code+","+r.rest
		t.byDay[comes] = append(t.byDay[comes], d)
	}
	return nil
}

// newest is the last day whose tickets' file comes before the end.
func (t *town) newest() city.Date {
	if t.last.Start(t.city.Zone).Add(arrives).Before(t.Until) {
		return t.last
	}
	return t.last.AddDays(-1)
}

// migrated says what had become of a ticket before the city came to Fundy.
func (t *town) migrated(d *drawn) {
	switch n := t.rng.IntN(10); {
	case n < 6:
		paid := d.day.AddDays(1 + t.rng.IntN(20))
		if paid.Compare(t.first.AddDays(-1)) > 0 {
			paid = t.first.AddDays(-1)
		}
		d.state, d.paidOn = string(ticket.Paid), paid.String()
	case n == 6 && d.day.Compare(t.first.AddDays(-40)) < 0:
		d.state = string(ticket.Court)
	case n == 7:
		d.state = string(ticket.Withdrawn)
	}
}

// plate is one of New Brunswick's form.
func (t *town) plate() string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
	l := func() byte { return letters[t.rng.IntN(len(letters))] }
	return fmt.Sprintf("%c%c%c %03d", l(), l(), l(), t.rng.IntN(1000))
}

// bringIn imports the tickets that come in on a day, as the handhelds' nightly file brings them.
func (t *town) bringIn(ctx context.Context, day city.Date) error {
	come := t.byDay[day]
	if len(come) == 0 {
		return nil
	}
	var text strings.Builder
	text.WriteString(header + "\n")
	byNumber := make(map[string]*drawn, len(come))
	for _, d := range come {
		fmt.Fprintf(&text, "%s,%s,%s,%s,%s,%s\n", d.number, d.day, d.plate, d.state, d.paidOn, d.tail)
		byNumber[d.number] = d
	}
	path := filepath.Join(t.Scratch, "tickets-"+day.String()+".csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return err
	}
	totals, err := intake.Run(ctx, intake.Config{
		City: t.city, Rules: t.rules, Mapping: t.mapping, Files: []string{path}, Store: t.Store, Index: t.Index, Public: t.Public, Now: t.clock.now(), Apply: true,
		Show: func(tk ticket.Ticket, _ ticket.Plate) {
			if d := byNumber[tk.Number]; d != nil {
				d.id, d.jurisdiction, d.kind = tk.ID, tk.Jurisdiction, string(tk.State)
			}
		},
	})
	if err == nil && totals.Rejected > 0 {
		err = fmt.Errorf("%d of %d rows could not go in", totals.Rejected, totals.Rows)
	}
	if err != nil {
		return fmt.Errorf("bring tickets in: %w", err)
	}
	t.sum.Tickets += totals.New
	for _, d := range come {
		if !d.taken && d.state == "" {
			t.known = append(t.known, d)
		}
	}
	return os.Remove(path)
}

// samplesMost bounds the tickets that are shown to who tries.
const samplesMost = 5_000

// samples picks tickets that can be looked for: those that are owed or under review, and some that were paid by card.
func (t *town) samples() {
	last := map[string]*drawn{} // of what a case has made: one is enough
	for _, d := range t.known {
		last[d.shows] = d
	}
	for n := Days - 1; n >= 0 && len(t.sum.Samples) < samplesMost; n-- {
		for _, d := range t.byDay[t.first.AddDays(n)] {
			schedule, ok := t.rules.ScheduleFor(d.day)
			worth := d.shows != "" && last[d.shows] == d
			if !ok || d.id == "" || d.taken && !d.paid && !worth {
				continue
			}
			s := Sample{
				Number: d.number, Plate: d.plate, Jurisdiction: d.jurisdiction, Offence: d.offence, Schedule: schedule.ID, State: d.kind, IssuedOn: d.day.String(),
				Delivery: string(ticket.Windshield),
			}
			if d.paid {
				s.State = string(ticket.Paid)
			}
			if worth {
				s.State = d.shows
			}
			t.sum.Samples = append(t.sum.Samples, s)
		}
	}
}
