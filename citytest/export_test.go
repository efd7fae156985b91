package citytest

import (
	"database/sql"

	"fundy/store"
)

// Disarm keeps a city's end from failing on what a test has planted.
func (c *City) Disarm() { c.trip.disarmed = true }

// Config says which database the city is on.
func (c *City) Config() store.Config { return c.config }

// Tamper changes a SQLite city's store behind everybody's back.
func (c *City) Tamper(statement string) error {
	db, err := sql.Open("sqlite", "file:"+c.config.Path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
