package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fundy/ticket"
)

// A clerk's search, over many tickets.
const (
	searchRows  = 1_000_000
	searched    = 500 // different things that are looked for
	searchers   = 4   // clerks who search while payments run; they pause as payers do
	searchPaid  = 300 // payments that there are to be found
	searchFound = 50  // tickets of a list: as many as the page shows
)

// search measures whole searches of a clerk over a million tickets, against the bare query of each kind, and beside
// payments.
func (b *bench) search(ctx context.Context) error {
	c, err := newCity(ctx, b.program, filepath.Join(b.work, "search"), "")
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, c.settings.Store.Path)+"?_pragma=busy_timeout(10000)&_pragma=cache_size(-2000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return err
	}
	defer db.Close()
	tickets, err := growTickets(ctx, db, searchRows)
	if err != nil {
		return fmt.Errorf("more tickets: %w", err)
	}
	if err := errors.Join(c.openStaff(), c.startCard()); err != nil {
		return err
	}
	defer c.stop()
	if _, err := c.start(ctx); err != nil {
		return err
	}
	tokens, _, err := c.quotes(ctx, 0, 5000)
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	some := make(chan string, searchPaid)
	for range min(searchPaid, len(tokens)) {
		some <- <-tokens
	}
	if _, err := c.payments(ctx, time.Minute, some); err != nil {
		return fmt.Errorf("payments: %w", err)
	}
	clerk, err := c.signIn(ctx, "anne", "clerk")
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	kinds, err := c.searches(ctx, db)
	if err != nil {
		return fmt.Errorf("what to look for: %w", err)
	}
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	for _, k := range kinds {
		if err := b.searchKind(ctx, db, clerk, k, tickets); err != nil {
			return fmt.Errorf("search by %s: %w", k.name, err)
		}
	}
	return b.searchBesidePayments(ctx, c, clerk, kinds, tokens)
}

// growTickets copies the tickets that there are until there are at least so many, each copy with other numbers and days,
// and with plates of its own. An import would do the same in ten minutes; what a search reads is what it writes. The
// indexes are made anew after it, which is quicker.
func growTickets(ctx context.Context, db *sql.DB, most int) (tickets int, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var indexes []string
	var drops []string
	rows, err := conn.QueryContext(ctx, "select name, sql from sqlite_master where type = 'index' and tbl_name = 'ticket' and sql is not null")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		indexes, drops = append(indexes, text), append(drops, "drop index "+name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	var had int
	if err := conn.QueryRowContext(ctx, "select count(*) from ticket").Scan(&had); err != nil {
		return 0, err
	}
	copies := min((most+had-1)/had-1, copiesMost)
	steps := append([]string{"pragma synchronous = off", "pragma cache_size = -400000", "begin immediate"}, drops...)
	steps = append(steps, fmt.Sprintf(`
with recursive n(k) as (select 1 union all select k + 1 from n where k < %d)
insert into ticket
select id || '-' || k, regime, series, number || printf('%%02d', k), number_key || printf('%%02d', k), date(issued_on, '-' || (k * %d) || ' days'),
       issued_at - k * %d, time_known, offence, schedule, fine_minor, priors, place, make, no_plate, jurisdiction, plate_type, delivery, served_on, state, state_since,
       randomblob(length(lookup)), case when plate_index is null then null else randomblob(length(plate_index)) end,
       case when skeleton_index is null then null else randomblob(length(skeleton_index)) end, plate_sealed, data_key, digest, batch, arrived_at, version, part_paid_minor
from n, ticket`, copies, repeatDays, int64(repeatDays)*24*time.Hour.Microseconds()))
	steps = append(steps, indexes...)
	steps = append(steps, "commit", "analyze", "pragma wal_checkpoint(truncate)", "pragma cache_size = -2000", "pragma synchronous = full")
	for _, step := range steps {
		if _, err := conn.ExecContext(ctx, step); err != nil {
			return 0, fmt.Errorf("%.60s: %w", strings.TrimSpace(step), err)
		}
	}
	return tickets, conn.QueryRowContext(ctx, "select count(*) from ticket").Scan(&tickets)
}

// searchKind is a way to search: what is typed, and the query that a program without pages, people or sessions would
// ask.
type searchKind struct {
	name  string
	typed []url.Values
	want  int // status
	bare  string
	args  [][]any
}

const bareTicket = "select id, number, issued_on, place, no_plate, jurisdiction, state from ticket where "

// in is a list of n places of a query.
func in(n int) string { return "(?" + strings.Repeat(", ?", n-1) + ")" }

// searches are all kinds, with what is looked for: tickets all over the million where only their numbers, days and
// streets are needed, and else those whose plates are known.
func (c *benched) searches(ctx context.Context, db *sql.DB) ([]searchKind, error) {
	exact := searchKind{name: "number", want: http.StatusSeeOther, bare: bareTicket + "number_key = ?"}
	wrong := searchKind{name: "number, a digit wrong", want: http.StatusOK}
	plate := searchKind{name: "plate", want: http.StatusSeeOther, bare: bareTicket + "plate_index = ?"}
	alike := searchKind{name: "plate that looks alike", want: http.StatusOK, bare: bareTicket + "skeleton_index = ?"}
	unknown := searchKind{name: "plate with ?", want: http.StatusOK, bare: bareTicket + "skeleton_index in " + in(27)}
	street := searchKind{name: "day and street", want: http.StatusOK, bare: bareTicket + fmt.Sprintf("issued_on = ? and place like ? limit %d", searchFound)}
	for i := range searched {
		s := c.samples[(i*31)%len(c.samples)]
		number := s.Number + fmt.Sprintf("%02d", 1+i%90)
		exact.add(url.Values{"number": {number}}, ticket.NumberKey(number))
		off, err := misread(ctx, db, number)
		if err != nil {
			return nil, err
		}
		wrong.add(url.Values{"number": {off}}, anys(ticket.NumbersNear(ticket.NumberKey(off)))...)
		var on, place, province string
		var whole, skeleton []byte
		err = db.QueryRowContext(ctx, "select issued_on, place, jurisdiction, plate_index, skeleton_index from ticket where number_key = ?", ticket.NumberKey(s.Number)).
			Scan(&on, &place, &province, &whole, &skeleton)
		if err != nil {
			return nil, err
		}
		var same int // one alone is shown at once, and several are a list
		if err := db.QueryRowContext(ctx, "select count(*) from ticket where plate_index = ?", whole).Scan(&same); err != nil {
			return nil, err
		}
		if same == 1 {
			plate.add(url.Values{"plate": {s.Plate}, "province": {province}}, whole)
		}
		alike.add(url.Values{"plate": {s.Plate}, "province": {"ZZ"}}, skeleton)
		among := []any{skeleton}
		for len(among) < 27 {
			other := make([]byte, len(skeleton))
			rand.Read(other) // never fails
			among = append(among, other)
		}
		unknown.add(url.Values{"plate": {"?" + s.Plate[1:]}}, among...)
		var there int // as with a plate
		where := "%" + streetOf(place) + "%"
		if err := db.QueryRowContext(ctx, "select count(*) from ticket where issued_on = ? and place like ?", on, where).Scan(&there); err != nil {
			return nil, err
		}
		if there > 1 {
			street.add(url.Values{"day": {on}, "street": {streetOf(place)}}, on, where)
		}
	}
	wrong.bare = bareTicket + "number_key in " + in(wrong.pad())
	paid, err := c.paidSearches(ctx, db)
	return append([]searchKind{exact, wrong, plate, alike, unknown, street}, paid...), err
}

// misread is a ticket's number with one digit another, which no ticket has.
func misread(ctx context.Context, db *sql.DB, number string) (string, error) {
	for at, c := range number {
		for _, other := range "0123456789" {
			off := number[:at] + string(other) + number[at+1:]
			if c < '0' || c > '9' || c == other {
				continue
			}
			var n int
			if err := db.QueryRowContext(ctx, "select count(*) from ticket where number_key = ?", ticket.NumberKey(off)).Scan(&n); err != nil || n == 0 {
				return off, err
			}
		}
	}
	return "", fmt.Errorf("every number near %s is a ticket's", number)
}

// paidSearches are the kinds by which payments are found.
func (c *benched) paidSearches(ctx context.Context, db *sql.DB) ([]searchKind, error) {
	const bare = "select id, receipt, amount_minor, state, captured_at from attempt where "
	receipt := searchKind{name: "receipt", want: http.StatusSeeOther, bare: bare + "receipt = ? and receipt <> ''"}
	reference := searchKind{name: "the processor's reference", want: http.StatusSeeOther, bare: bare + "processor_ref = ? and processor_ref <> ''"}
	rows, err := db.QueryContext(ctx, "select receipt, processor_ref from attempt where receipt <> '' limit ?", searched)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one, ref string
		if err := rows.Scan(&one, &ref); err != nil {
			return nil, err
		}
		receipt.add(url.Values{"number": {one}}, one)
		reference.add(url.Values{"number": {ref}}, ref)
	}
	return []searchKind{receipt, reference}, rows.Err()
}

func (k *searchKind) add(typed url.Values, args ...any) {
	k.typed, k.args = append(k.typed, typed), append(k.args, args)
}

// pad fills shorter lists up with their first, so that one query does for all, and returns how long they are.
func (k *searchKind) pad() int {
	longest := len(slices.MaxFunc(k.args, func(a, b []any) int { return len(a) - len(b) }))
	for i := range k.args {
		for len(k.args[i]) < longest {
			k.args[i] = append(k.args[i], k.args[i][0])
		}
	}
	return longest
}

func anys(all []string) []any {
	out := make([]any, 0, len(all))
	for _, one := range all {
		out = append(out, one)
	}
	return out
}

// streetOf is the longest word of a place.
func streetOf(place string) string {
	words := strings.Fields(place)
	return slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
}
