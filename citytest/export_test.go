package citytest

// Disarm keeps a city's end from failing on what a test has planted.
func (c *City) Disarm() { c.trip.disarmed = true }
