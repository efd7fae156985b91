package processor_test

import (
	"errors"
	"fmt"
	"testing"

	"fundy/processor"
)

// What is not known to have been refused may have happened: the safe reading of any error is Unknown.
func TestTheClassOfAnError(t *testing.T) {
	refused := &processor.Error{Class: processor.Definite, Op: "capture", Status: 402, Type: "card_error", Code: "card_declined", DeclineCode: "generic_decline"}
	for _, c := range []struct {
		err   error
		class processor.Class
		code  string
	}{
		{nil, processor.Unknown, ""},
		{errors.New("connection reset"), processor.Unknown, ""},
		{refused, processor.Definite, "card_declined"},
		{fmt.Errorf("attempt: %w", refused), processor.Definite, "card_declined"},
		{errors.Join(errors.New("and the file"), refused), processor.Definite, "card_declined"},
		{&processor.Error{Class: processor.Config, Code: "api_key_expired"}, processor.Config, "api_key_expired"},
		{&processor.Error{Class: processor.Misfit}, processor.Misfit, ""},
	} {
		if class, code := processor.ClassOf(c.err), processor.CodeOf(c.err); class != c.class || code != c.code {
			t.Errorf("%v: %s %q, want %s %q", c.err, class, code, c.class, c.code)
		}
	}
	if got, want := refused.Error(), `capture: definite (status 402, type "card_error", code "card_declined", decline "generic_decline")`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
