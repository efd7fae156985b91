package lived

import (
	"context"
	"fmt"
)

// aCase is something that waits for a person at the end, or that has been dealt with on the way.
type aCase struct {
	name string
	ages []int // days before the end on which it happens, or on the next working day
	hour int
	do   func(ctx context.Context, t *town) error
}

var cases = []aCase{}

func (t *town) planCases() error {
	for _, c := range cases {
		for _, age := range c.ages {
			day := t.workdayFrom(t.last.AddDays(-age))
			if day.Compare(t.last) > 0 {
				day = t.last
			}
			t.on(day, clockTime(c.hour, 5), func(ctx context.Context, t *town) error {
				if err := c.do(ctx, t); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				t.sum.Cases++
				return nil
			})
		}
	}
	return nil
}
