package city

import (
	"fmt"
	"strings"

	"fundy/money"
)

// Said is a sentence for a person with what fills it in. Its English form, with fmt's verbs, is its code: by it a room's
// table has the same in French, where %s takes the places of the arguments in their order, or %[2]s by number. Logs
// and the command line have the English.
type Said struct {
	Form string
	Args []any
}

// String is the sentence in English.
func (s Said) String() string {
	if len(s.Args) == 0 {
		return s.Form
	}
	return fmt.Sprintf(s.Form, s.Args...)
}

// In is the sentence in a language. One that the table does not have stays in English.
func (s Said) In(l Language, french map[string]string) string {
	form, ok := french[s.Form]
	if l != French || !ok {
		return s.String()
	}
	if !strings.Contains(form, "%") {
		return form
	}
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		switch x := a.(type) {
		case money.Amount:
			args[i] = frenchAmount(x)
		case *money.Amount:
			args[i] = frenchAmount(*x)
		case float64:
			args[i] = strings.Replace(fmt.Sprintf("%.1f", x), ".", ",", 1)
		default:
			args[i] = fmt.Sprint(a)
		}
	}
	return fmt.Sprintf(form, args...)
}

func frenchAmount(a money.Amount) string {
	return strings.Replace(a.String(), ".", ",", 1) + "\u00a0$"
}
