package seal

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what is printed in place of a secret.
const hidden = "[sealed]"

// Hidden is embedded by types that hold a secret: whatever prints, logs or marshals them gets [sealed].
type Hidden struct{}

// String is [sealed].
func (Hidden) String() string { return hidden }

// GoString is [sealed].
func (Hidden) GoString() string { return hidden }

// Format is [sealed] for every verb; without it %d would walk the fields.
func (Hidden) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// LogValue is [sealed].
func (Hidden) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON is "[sealed]".
func (Hidden) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
