package staff

import (
	"testing"

	"fundy/store"
)

// Two passkeys of one person are told apart by where they live: the one that is lost is the one to remove.
func TestAPasskeySaysWhereItLives(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]string{
		`{"transport":["usb","nfc"]}`:         "plugged",
		`{"transport":["internal"]}`:          "own",
		`{"transport":["hybrid","internal"]}`: "own",
		`{"transport":["hybrid"]}`:            "carried",
		`{}`:                                  "",
	} {
		if got, err := (&mePage{}).KeyKind(store.StaffKey{Record: []byte(record)}); err != nil || got != want {
			t.Errorf("%s: %q, %v", record, got, err)
		}
	}
	if _, err := (&mePage{}).KeyKind(store.StaffKey{Record: []byte("none")}); err == nil {
		t.Error("what is no passkey was read")
	}
}
