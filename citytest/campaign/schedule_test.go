package main

import (
	"reflect"
	"testing"
)

// A seed is the same schedule each time, and a few hundred of them hold every kind of trouble.
func TestASeedIsASchedule(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	crashes := 0
	for seed := range uint64(400) {
		store := []string{"sqlite", "postgres"}[seed%2]
		s := newSchedule(seed, store)
		if !reflect.DeepEqual(s, newSchedule(seed, store)) {
			t.Fatalf("seed %d is two schedules", seed)
		}
		if len(s.People) < 2 || len(s.People) > peopleMost {
			t.Errorf("seed %d has %d payers", seed, len(s.People))
		}
		for _, one := range s.Troubles {
			seen[one.What+" "+one.Arg] = true
		}
		crashes += len(s.Crashes)
	}
	for _, kind := range troubles {
		for _, arg := range kind.args {
			if !seen[kind.what+" "+arg] {
				t.Errorf("nothing is ever about %s %s", kind.what, arg)
			}
		}
	}
	if crashes == 0 {
		t.Error("no office dies at a step")
	}
}
