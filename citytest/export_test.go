package citytest

import (
	"database/sql"

	"fundy/store"
)

// Disarm keeps a city's end from failing on what a test has planted.
func (c *City) Disarm() { c.trip.disarmed = true }

// DeclinesAreRead makes it a city that asks why a card was declined, while somebody looks: the card's expiry date is then on
// the wire from the processor. It may be nowhere else: what enters the office is looked at behind the strict reading.
func (c *City) DeclinesAreRead() {
	c.trip.mu.Lock()
	c.trip.declines = true
	c.trip.mu.Unlock()
	c.Settings.Payment.TellDeclines = true
	c.StopOffice()
	c.StartOffice(c.config)
}

// LeavesOf counts the leaves of a kind.
func (c *City) LeavesOf(kind string) (n int, err error) {
	db, err := openBeside(c.config)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return n, db.QueryRow("select count(*) from leaf where kind = $1", kind).Scan(&n)
}

// StoreHasOnSQLite is StoreHas; false on the other database, whose files are not ours to read.
func (c *City) StoreHasOnSQLite(text string) bool {
	return c.config.Driver == "sqlite" && c.StoreHas(text)
}

// Config says which database the city is on.
func (c *City) Config() store.Config { return c.config }

// Tamper changes a city's store behind everybody's back.
func (c *City) Tamper(statement string) error {
	driver, dsn := "pgx", c.config.DSN
	if c.config.Driver == "sqlite" {
		driver, dsn = "sqlite", "file:"+c.config.Path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
