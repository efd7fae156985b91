package city_test

import (
	"strings"
	"testing"

	"fundy/city"
)

// A series of ticket numbers keeps six digits or more, and is as long as a card's number can be: anything else is a fault.
func TestSeriesAreChecked(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		`[]`: true, `["610034##########"]`: true, `["610034#######", "2026001234567890##"]`: true,
		`["61003###########"]`: false, `["################"]`: false, `["6100340000000000"]`: false, `["610034######"]`: false, `["610034##############"]`: false,
		`["SJ610034########"]`: false, `["610034####0#####"]`: false, `[""]`: false, `["610034 #########"]`: false,
	} {
		_, faults := city.ReadSettings([]byte("id = \"t\"\nkind = \"test\"\n[portal]\npublic_url = \"https://t.example.ca\"\n[ticket]\nseries = " + text))
		if (len(faults) == 0) != good || !good && (len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "ticket.series")) {
			t.Errorf("%s: %v", text, faults)
		}
	}
}
