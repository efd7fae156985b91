package intake_test

import (
	"maps"
	"testing"
)

// A notice may be given within six months of the contravention (s. 157(6)): a row that says of a ticket which is still
// owed that it came later is left out with that reason. One that is dealt with is taken: it is history. A law that has no
// such rule takes all, and a row that says nothing of its notice is not asked.
func TestANoticeThatCameTooLate(t *testing.T) {
	t.Parallel()
	const mapping = plainMapping + `
delivery  = { column = "delivery", none = [""] }
served_on = { column = "served", forms = ["YYYY-MM-DD"], none = [""] }
state     = { column = "state", none = [""] }
paid_on   = { column = "paid", forms = ["YYYY-MM-DD"], none = [""] }
`
	const text = `number,day,time,code,plate,delivery,served,state,paid
T1,2026-01-30,10:30,METER,ABC1,mail,2026-07-30,,
T2,2026-01-30,10:30,METER,ABC2,mail,2026-07-31,,
T3,2026-01-30,10:30,METER,ABC3,mail,2026-07-31,review,
T4,2026-01-30,10:30,METER,ABC4,mail,2026-07-31,hold,
T5,2026-01-30,10:30,METER,ABC5,mail,2026-07-31,paid,2026-08-02
T6,2026-01-30,10:30,METER,ABC6,mail,2026-07-31,withdrawn,
T7,2026-01-30,10:30,METER,ABC7,,,,
T8,2026-01-30,10:30,METER,ABC8,,2026-07-31,,
`
	for regime, want := range map[string]map[string]int{
		"nb-lga":  {"served_on: more than 6 months after the contravention: such a notice cannot be given, and the ticket is not owed": 4},
		"generic": {},
	} {
		f := plainSetUp(t, mapping, text)
		f.config.City.Regime = regime
		totals := run(t, f.config)
		if !maps.Equal(totals.Reasons, want) || totals.New != 8-totals.Rejected {
			t.Errorf("%s: %d new, rejected by %v, want %v", regime, totals.New, totals.Reasons, want)
		}
	}
}
