package citytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fundy/city"
	"fundy/examples"
	"fundy/store"
)

// Template is a city's folder that cities of processes are copied from: made once by the command line's own
// verbs, with the demonstration's by-law and a few tickets.
type Template struct {
	Driver string
	dir    string
	server string // PostgreSQL's connection string
	name   string // of the template's database there
}

// The tickets of a template, each with the plate "PLT n". Those of an even number are a day old, so that
// their price holds; the others get dearer in two days.
const templateTickets = 24

// TicketOf is a template's ticket: its number and its plate.
func TicketOf(i int) (number, plate string) {
	return fmt.Sprintf("T-%03d", i), fmt.Sprintf("PLT %03d", i)
}

const templateMapping = `name = "template"
[field]
number = { column = "number" }
issued_on = { column = "day", forms = ["YYYY-MM-DD"] }
issued_time = { column = "time", forms = ["HH:MM"] }
offence = { column = "code" }
plate = { column = "plate" }
`

// Demo writes the files into the office's folder that the demonstration has and a template has not: how its tickets' files
// are written, and which accounts are its own.
func (c *Processes) Demo() error {
	deposits, err := examples.Files.ReadFile("cities/demo/deposits.toml")
	at := func(name string) string { return filepath.Join(c.dir, "office", name) }
	return errors.Join(
		err, os.MkdirAll(at("mappings"), 0o700),
		os.WriteFile(at("deposits.toml"), deposits, 0o600), os.WriteFile(at("mappings/template.toml"), []byte(templateMapping), 0o600))
}

// NewTemplate makes a city's folder in dir. server is PostgreSQL's connection string; empty: SQLite.
func NewTemplate(ctx context.Context, dir, server string) (*Template, error) {
	t := &Template{Driver: "sqlite", dir: filepath.Join(dir, "template"), server: server}
	answers, err := examples.Files.ReadFile("cities/demo/answers.toml")
	if err != nil {
		return nil, err
	}
	more := "[payment]\nattempts_per_ticket = 20\n[settlement]\nfetch_minutes = 0\n" // a test says when the payouts are read
	if server != "" {
		t.Driver, t.name = "postgres", "fundy_"+strings.ToLower(rand.Text()[:16])
		more += fmt.Sprintf("[store]\ndriver = \"postgres\"\ndsn_file = %q\n", filepath.Join(dir, "dsn"))
		if err := t.admin(ctx, "create database "+t.name); err != nil {
			return nil, err
		}
	}
	rules, err1 := examples.Files.ReadFile("cities/demo/rules.toml")
	logo, err2 := examples.Files.ReadFile("cities/demo/logo.svg")
	zone, err3 := time.LoadLocation("America/Moncton")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	today := city.DateOf(time.Now(), zone)
	for name, content := range map[string]string{
		"dsn":          t.dsn(t.name),
		"answers.toml": strings.NewReplacer("@PORTAL_PORT@", "1", "@SANDBOX_PORT@", "2").Replace(string(answers)) + more,
		"rules.toml":   string(bytes.ReplaceAll(rules, []byte("@C_FROM@"), []byte(today.AddDays(-60).String()))),
		"logo.svg":     string(logo), "mapping.toml": templateMapping, "tickets.csv": ticketsOf(today),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{
		{"init", t.dir, "--answers", filepath.Join(dir, "answers.toml")},
		{"city", "apply", "--city", t.dir, filepath.Join(dir, "rules.toml"), "--apply"},
		{"import", "--city", t.dir, "--map", filepath.Join(dir, "mapping.toml"), "--json", "--apply", filepath.Join(dir, "tickets.csv")},
	} {
		if err := run(ctx, args...); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ticketsOf is the file that is imported.
func ticketsOf(today city.Date) string {
	var b strings.Builder
	b.WriteString("number,day,time,code,plate\n")
	for i := range templateTickets {
		number, plate := TicketOf(i)
		age := 1
		if i%2 == 1 {
			age = 13
		}
		fmt.Fprintf(&b, "%s,%s,10:00,%s,%s\n", number, today.AddDays(-age), []string{"LOADING", "NOPARK", "METER"}[i%3], plate)
	}
	return b.String()
}

// Close drops the template's database. Its folder is the caller's.
func (t *Template) Close() error {
	if t.server == "" {
		return nil
	}
	return t.admin(context.Background(), "drop database "+t.name+" with (force)")
}

// copyStore makes a store of its own from the template's, and says how to drop it.
func (t *Template) copyStore(ctx context.Context, dir string) (c store.Config, drop func() error, err error) {
	if t.server == "" {
		path := filepath.Join(dir, "fundy.db")
		return store.Config{Driver: "sqlite", Path: path}, func() error { return nil }, copyFile(filepath.Join(t.dir, "fundy.db"), path)
	}
	name := "fundy_" + strings.ToLower(rand.Text()[:16])
	err = t.admin(ctx, "create database "+name+" template "+t.name)
	drop = func() error { return t.admin(context.Background(), "drop database "+name+" with (force)") }
	return store.Config{Driver: "postgres", DSN: t.dsn(name), ReadConns: 2}, drop, err
}

// admin runs a statement that no database of a city is in the way of.
func (t *Template) admin(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", t.server)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func (t *Template) dsn(name string) string {
	u, err := url.Parse(t.server)
	if err != nil || t.server == "" {
		return ""
	}
	u.Path = "/" + name
	return u.String()
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}
