package citytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fundy/citytest"
	"fundy/fault"
	"fundy/ticket"
	"fundy/visitor"
)

// deed is something that a person does, at whose step the office is killed: before it and after it. Each time he does the
// same again, as somebody who was not answered: his form is the one that he has opened first.
type deed struct {
	step fault.Step
	do   func(w *killing) error // an error: nobody has answered
	// ready brings the city to where the deed can be done. Its own step must not be met.
	ready func(w *killing)
	made  string // counts what it makes, in SQL
	most  int    // how many that are; 0: one
	// says is what he reads when he does it again although it is done.
	says string
	// verb is a command that does it instead, at each of the steps in their order: the command is killed, not the office.
	verb  func(w *killing) []string
	steps []fault.Step
	// nth is the how manyth time the office comes to the step; 0: the first. The deed before it has met it too, when it
	// was done again.
	nth int
	// itself: the office does it without being asked, and may have died of it before it answers anybody.
	itself bool
}

// killing is a city of processes in which deeds are done, one after the other.
type killing struct {
	*citytest.Processes
	t         *testing.T
	ctx       context.Context
	anne, ben *citytest.Hand
	form      url.Values // of the deed that is done now, as it was opened
	read      string     // what he reads
	kept      map[string]string
	visitor   visitor.Visitor // somebody at the public pages
	after     func()          // looks at the whole, in the end
}

// everything are the roles of who may do what a walk needs.
var everything = []string{"clerk", "supervisor", "finance", "screening", "administrator"}

// killedWalk does deeds in a city of its own on each store: all of the steps are met. begin makes ready what they need.
func killedWalk(t *testing.T, steps []fault.Step, begin func(w *killing), deeds func(w *killing) []deed) {
	t.Helper()
	eachStore(t, func(t *testing.T, template *citytest.Template) {
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
		defer cancel()
		c := processes(t, template)
		w := &killing{Processes: c, t: t, ctx: ctx, kept: map[string]string{}}
		do(t, c.OpenStaff())
		var err error
		w.anne, err = c.Joins(ctx, "anne", everything...)
		do(t, err)
		w.ben, err = c.Joins(ctx, "ben", everything...)
		do(t, err)
		do(t, errors.Join(c.Sandbox.Start(""), c.Portal.Start(""), w.Ready(ctx, w.public("/robots.txt")))) // it needs no office
		if begin != nil {
			begin(w)
		}
		all := deeds(w)
		for _, step := range steps {
			if !slices.ContainsFunc(all, func(d deed) bool { return d.step == step || slices.Contains(d.steps, step) }) {
				t.Errorf("nobody is killed at %s", step)
			}
		}
		w.starts("before", all[0])
		for i, d := range all {
			w.does(d)
			if i+1 < len(all) {
				w.starts("before", all[i+1])
			} else {
				w.starts("", deed{})
			}
			w.again(d)
			if t.Failed() {
				return
			}
		}
		if w.after != nil {
			w.after()
		}
		right(t, c)
	})
}

func (w *killing) starts(place string, d deed) {
	w.t.Helper()
	crash := ""
	if nth := max(d.nth, 1); place == "before" && d.verb == nil {
		crash = fmt.Sprintf("before:%s:%d", d.step, nth)
	} else if place == "after" {
		crash = fmt.Sprintf("after:%s:1", d.step)
	}
	w.Office.Kill()
	do(w.t, w.Office.Start(crash))
	if place != "after" || !d.itself {
		w.answers()
	}
}

func (w *killing) answers() {
	w.t.Helper()
	do(w.t, w.Ready(w.ctx, w.Settings.Office.PublicURL+"/signin"))
}

// dies waits for the death of the office at a step.
func (w *killing) dies(place string, d deed, err error) {
	w.t.Helper()
	within, cancel := context.WithTimeout(w.ctx, 15*time.Second)
	defer cancel()
	if no := w.Office.Ends(within); no != nil || err == nil {
		w.t.Fatalf("%s %s: the office has not died: %v, %v; he reads: %d %s", place, d.step, no, err, w.anne.Status, w.read+w.anne.Page)
	}
}

// does does a deed twice: the office dies before its step, then after it.
func (w *killing) does(d deed) {
	w.t.Helper()
	if w.form = nil; d.ready != nil {
		d.ready(w)
	}
	was := w.counts(d.made)
	w.kept["was"] = fmt.Sprint(was)
	if d.verb != nil {
		w.verbs(d)
		return
	}
	w.dies("before", d, d.do(w))
	if n := w.counts(d.made); n != was {
		w.t.Errorf("killed before %s: %d are there, %d were", d.step, n, was)
	}
	w.starts("after", d)
	w.dies("after", d, d.do(w))
	if n := w.counts(d.made); n != was+max(d.most, 1) && d.made != "" {
		w.t.Errorf("killed after %s: %d are there, %d were", d.step, n, was)
	}
}

// verbs has a command die before and after each of its steps.
func (w *killing) verbs(d deed) {
	w.t.Helper()
	for _, step := range d.steps {
		for _, place := range []string{"before", "after"} {
			crash := place + ":" + step.String() + ":1"
			out, err := w.Verb(w.ctx, crash, d.verb(w)...)
			if err == nil || !strings.Contains(err.Error(), "killed") {
				w.t.Fatalf("%s: the command was not killed: %v\n%s", crash, err, out)
			}
		}
	}
}

// again does a deed that is done: it stays done once, and he reads so.
func (w *killing) again(d deed) {
	w.t.Helper()
	w.read = ""
	if d.verb != nil {
		d.step = d.steps[0]
		d.do = func(w *killing) error {
			out, err := w.Verb(w.ctx, "", d.verb(w)...)
			if w.read = out; err != nil && d.says == "" { // else it may refuse what is done, and say so
				return fmt.Errorf("%w\n%s", err, out)
			}
			return nil
		}
	}
	if err := d.do(w); err != nil {
		w.t.Fatalf("%s again: not answered: %v", d.step, err)
	}
	if w.read == "" || !strings.Contains(w.read, d.says) {
		w.t.Errorf("%s again: he reads, without %q: %s", d.step, d.says, w.read)
	}
	if n := w.counts(d.made); fmt.Sprint(n-max(d.most, 1)) != w.kept["was"] && d.made != "" {
		w.t.Errorf("%s again: %d are there, %s were before it", d.step, n, w.kept["was"])
	}
}

func (w *killing) counts(q string) int {
	w.t.Helper()
	if q == "" {
		return 0
	}
	return counted(w.t, w, q)
}

// presses opens a page and presses what leads to action, with typed in its fields: "name", "value", … The same form again
// where it has been opened already.
func (w *killing) presses(h *citytest.Hand, page, action string, typed ...string) error {
	if w.form == nil {
		if err := h.Open(w.ctx, page); err != nil {
			return err
		}
		form, err := h.Form(action)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := 0; i < len(typed); i += 2 {
			form.Del(typed[i])
		}
		for i := 0; i < len(typed); i += 2 {
			form.Add(typed[i], typed[i+1])
		}
		w.form = form
	}
	err := h.Send(w.ctx, action, w.form)
	w.read = fmt.Sprint(h.Status, " ", h.Page)
	if err == nil && h.Status >= 500 {
		err = errors.New(w.read)
	}
	return err
}

// visits does something at the public pages. What it has led to is kept where it was answered.
func (w *killing) visits(do func(v *visitor.Visitor)) error {
	v := w.visitor
	v.Err = nil
	do(&v)
	w.read = fmt.Sprint(v.Status, " ", strings.ReplaceAll(v.Text(), "\u00a0", " "))
	if v.Err != nil || v.Status >= 500 {
		return errors.Join(errors.New(w.read), v.Err)
	}
	w.visitor = v
	return nil
}

// beginsPayment has somebody begin a payment of a template's ticket.
func (w *killing) beginsPayment(i int) {
	w.t.Helper()
	number, plate := citytest.TicketOf(i)
	do(w.t, w.visits(func(v *visitor.Visitor) {
		v.Open(w.ctx, w.public("/pay"))
		v.Send(w.ctx, "find", "/pay/find", map[string]string{"number": number, "plate": plate})
		v.Open(w.ctx, w.public("/pay/confirm"))
		v.Send(w.ctx, "confirm", "/pay/start", map[string]string{"email": ""})
	}))
}

// pays goes to the card page of a payment that has begun, types a card that pays, and waits until the city has come to
// rest. What a dead office had leased becomes free as the clock goes on.
func (w *killing) pays() {
	w.t.Helper()
	defer w.hurries()()
	w.types(good)
	do(w.t, w.Rest(w.ctx))
	w.moves(0)
}

// types types a card on the card page of a payment that has begun.
func (w *killing) types(number string) {
	w.t.Helper()
	card := ""
	for range 100 {
		do(w.t, w.visits(func(v *visitor.Visitor) { v.Open(w.ctx, v.At) }))
		if card = cardPageIn(&w.visitor); card != "" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	do(w.t, w.visits(func(v *visitor.Visitor) {
		v.Open(w.ctx, card)
		citytest.TypeCard(w.ctx, v, number)
	}))
}

// hurries has people wait for less of our time than of theirs, until it is ended.
func (w *killing) hurries() func() {
	hurry, stop := context.WithCancel(w.ctx)
	go w.Clock.Hurry(hurry, 2*time.Second)
	return stop
}

// cardPageIn is the address of a card page that a page leads to, or is; "" for none.
func cardPageIn(v *visitor.Visitor) string {
	if strings.Contains(v.At, "/c/pay/") {
		return v.At
	}
	for n := range v.Page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.Contains(a.Val, "/c/pay/") {
				return a.Val
			}
		}
	}
	return ""
}

// alone lets the clock go on until the office has done something by itself. An error: it has died over it.
func (w *killing) alone(made string) error {
	was, err := strconv.Atoi(w.kept["was"])
	do(w.t, err)
	died := func() bool {
		within, cancel := context.WithTimeout(w.ctx, 300*time.Millisecond)
		defer cancel()
		return w.Office.Ends(within) == nil
	}
	for range 60 {
		do(w.t, w.Clock.Add(30*time.Second))
		if died() {
			return errors.New("the office has died")
		}
		if w.read = "it is done"; w.counts(made) > was {
			if died() { // of what it has just done
				return errors.New("the office has died")
			}
			return nil
		}
	}
	w.t.Fatalf("the office does not do it: %s", made)
	return nil
}

// public is an address of the public pages.
func (w *killing) public(path string) string { return w.Settings.Portal.PublicURL + path }

// now presses in between, where nobody dies.
func (w *killing) now(h *citytest.Hand, page, action string, typed ...string) {
	w.t.Helper()
	w.form = nil
	if err := w.presses(h, page, action, typed...); err != nil {
		w.t.Fatal(err)
	}
	if h.Status >= 400 {
		w.t.Fatalf("%s: %s", action, w.read)
	}
	w.form = nil
}

// one is the first value that a query finds.
func (w *killing) one(q string) string {
	w.t.Helper()
	text, err := w.Text(w.ctx, q)
	if err != nil {
		w.t.Fatalf("%s: %v", q, err)
	}
	return text
}

// id is a ticket of the template.
func (w *killing) id(i int) string {
	w.t.Helper()
	number, _ := citytest.TicketOf(i)
	return w.one("select id from ticket where number_key = '" + ticket.NumberKey(number) + "'")
}

// moves lets the clock go on. Who has signed in signs in again.
func (w *killing) moves(d time.Duration) {
	w.t.Helper()
	do(w.t, errors.Join(w.Clock.Add(d), w.anne.SignIn(w.ctx), w.ben.SignIn(w.ctx)))
}
