// Command diagram writes the picture of an attempt's states from payment.Table, so that the docs
// can't say anything else than the code.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"fundy/payment"
)

func main() {
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(page()), 0o644); err != nil {
		log.Fatal(err)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString("# The states of an attempt\n\nMade by `make generate` from `payment/state.go`; do not edit.\n")
	b.WriteString("A forced line: the processor is right against what we had concluded, and an alarm is raised.\n\n")
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> new\n")
	finals := []payment.State{}
	seen := map[payment.State]bool{}
	for _, l := range payment.Table {
		label := string(l.Event)
		if l.Forced {
			label += " (forced)"
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", l.From, l.To, label)
		if l.To.Final() && !seen[l.To] {
			seen[l.To] = true
			finals = append(finals, l.To)
		}
	}
	for _, s := range finals {
		fmt.Fprintf(&b, "    %s --> [*]\n", s)
	}
	b.WriteString("```\n\n| from | event | to | forced |\n| --- | --- | --- | --- |\n")
	for _, l := range payment.Table {
		forced := ""
		if l.Forced {
			forced = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.From, l.Event, l.To, forced)
	}
	return b.String()
}
