// Command diagram writes the pictures of the states of an attempt, of a refund and of a chargeback from payment's
// tables, so that the docs can't say anything else than the code.
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

// edge is a line of one of the tables.
type edge struct {
	from, event, to string
	forced, final   bool // final: where it leads
}

func page() string {
	var b strings.Builder
	b.WriteString("# The states of an attempt\n\nMade by `make generate` from `payment/state.go`; do not edit.\n")
	b.WriteString("A forced line: the processor is right against what we had concluded, and an alarm is raised.\n\n")
	var attempts, refunds []edge
	for _, l := range payment.Table {
		attempts = append(attempts, edge{string(l.From), string(l.Event), string(l.To), l.Forced, l.To.Final()})
	}
	for _, l := range payment.RefundTable {
		refunds = append(refunds, edge{string(l.From), string(l.Event), string(l.To), l.Forced, l.To.Final()})
	}
	diagram(&b, attempts)
	b.WriteString("\n# The states of a refund\n\nMade by `make generate` from `payment/refund.go`; do not edit.\n\n")
	diagram(&b, refunds)
	b.WriteString("\n# The states of a chargeback\n\nMade by `make generate` from `payment/dispute.go`; do not edit.\n\n")
	var disputes []edge
	for _, l := range payment.DisputeTable {
		disputes = append(disputes, edge{string(l.From), string(l.Event), string(l.To), l.Forced, l.To.Final()})
	}
	diagram(&b, disputes)
	return b.String()
}

func diagram(b *strings.Builder, edges []edge) {
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> new\n")
	finals := []string{}
	seen := map[string]bool{}
	for _, e := range edges {
		label := e.event
		if e.forced {
			label += " (forced)"
		}
		fmt.Fprintf(b, "    %s --> %s: %s\n", e.from, e.to, label)
		if e.final && !seen[e.to] {
			seen[e.to] = true
			finals = append(finals, e.to)
		}
	}
	for _, s := range finals {
		fmt.Fprintf(b, "    %s --> [*]\n", s)
	}
	b.WriteString("```\n\n| from | event | to | forced |\n| --- | --- | --- | --- |\n")
	for _, e := range edges {
		forced := ""
		if e.forced {
			forced = "yes"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", e.from, e.event, e.to, forced)
	}
}
