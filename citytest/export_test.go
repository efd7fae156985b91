package citytest

import "fundy/store"

// Disarm keeps a city's end from failing on what a test has planted.
func (c *City) Disarm() { c.trip.disarmed = true }

// Config says which database the city is on.
func (c *City) Config() store.Config { return c.config }
