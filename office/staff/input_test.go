package staff

import "testing"

// A field lets in what its rule refuses: a whole card number more, so that the guard sees it (fields_test.go).
func TestAFieldHasRoomForMoreThanIsTaken(t *testing.T) {
	t.Parallel()
	v := &view{}
	for most, room := range map[int]int{12: 64, 24: 64, 300: 340} {
		if got := v.Input("id", "name", "label", "", "text", most).Room(); got != room {
			t.Errorf("of %d: %d", most, got)
		}
	}
}
