//go:build !faults

package fault

import "time"

// Before does nothing in the ordinary program.
func Before(Step) {}

// After does nothing in the ordinary program.
func After(Step) {}

// Now is the machine's time.
func Now() time.Time { return time.Now() }
