package mail

import (
	"strings"
	"testing"
	"time"

	"fundy/city"
)

// Who did not come to a hearing is told that the ticket stands, what it costs now, and, where the city gives days for it,
// until when another one can be asked for; once it has been, not again.
func TestAHearingThatWasMissedInBothLanguages(t *testing.T) {
	t.Parallel()
	c := harbour(t, city.Live)
	c.Regime = "generic"
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, c.Zone) }
	d := Decision{
		Reference: "AAAAA-BBBBB", Outcome: "missed", Ticket: receipt().Tickets[0], AskedOn: day(1), DecidedAt: day(20), Words: "Nobody answered the call.",
		Hearing: day(20).Add(14*time.Hour + 30*time.Minute), Place: "City Hall",
	}
	says := func(lang string, d Decision) (message, letter string) {
		m, err := WriteDecision(lang, "CCCCC-DDDDD", c, d)
		if err != nil {
			t.Fatal(err)
		}
		l, err := WriteLetter(lang, "CCCCC-DDDDD", c, []string{"Zoé"}, day(21), d)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer("\u00a0", " ", "\n", " ")
		return plain.Replace(m.Text), plain.Replace(l.Lead + " " + strings.Join(l.Sentences, " "))
	}
	prices, until, again := d, d, d
	until.Until, again.Again = day(25), day(30)
	for _, one := range []struct {
		lang string
		d    Decision
		want []string
		not  string
	}{
		{"en", prices, []string{"You did not come to the hearing of June 20, 2026, and nobody came for you. The ticket stands.", "Nobody answered the call.", "Its price goes on by the dates", "You can pay"}, "another hearing"},
		{"en", until, []string{"To the end of June 25, 2026 it costs what it cost on the day of the request."}, "another hearing"},
		{"en", again, []string{"tell us by June 30, 2026", "another hearing can be set, once"}, "To the end of"},
		{"fr", prices, []string{"Vous n’êtes pas venu à l’audience du 20 juin 2026, et personne n’est venu pour vous. La contravention est maintenue.", "Son prix suit les dates"}, "autre audience"},
		{"fr", until, []string{"Jusqu’à la fin du 25 juin 2026"}, "autre audience"},
		{"fr", again, []string{"dites-le-nous au plus tard le 30 juin 2026", "une autre audience peut être fixée, une fois"}, "Jusqu’à la fin"},
	} {
		message, letter := says(one.lang, one.d)
		for form, text := range map[string]string{"message": message, "letter": letter} {
			for _, want := range one.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: without %q:\n%s", one.lang, form, want, text)
				}
			}
			if strings.Contains(text, one.not) {
				t.Errorf("%s, %s: with %q:\n%s", one.lang, form, one.not, text)
			}
		}
	}
}

// Who has asked for a review that is closed without a decision is told that, why, and until when he may ask again; there is no
// word of a decision or of its reasons in it.
func TestARequestThatIsClosedInBothLanguages(t *testing.T) {
	t.Parallel()
	c := harbour(t, city.Live)
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, c.Zone) }
	d := Decision{Reference: "AAAAA-BBBBB", Outcome: "closed", Ticket: receipt().Tickets[0], AskedOn: day(1), DecidedAt: day(3), Why: "stranger", May: true, Again: day(30)}
	for _, one := range []struct {
		lang   string
		change func(d *Decision)
		want   []string
	}{
		{"en", func(*Decision) {}, []string{"was closed without a decision", "Closed on", "Why: it is not from a person whom the ticket is about.", "to the end of June 30, 2026"}},
		{"fr", func(*Decision) {}, []string{"a été fermée sans décision", "Fermée le", "Motif : elle ne vient pas d’une personne concernée", "jusqu’à la fin du 30 juin 2026"}},
		{"en", func(d *Decision) { d.Why, d.Again, d.Words = "twice", time.Time{}, "We have your letter." }, []string{"Why: it was sent twice.", "as long as the ticket is owed", "We have your letter."}},
		{"fr", func(d *Decision) { d.Why, d.Again = "taken_back", time.Time{} }, []string{"Motif : elle a été reprise.", "tant que la contravention est due"}},
		{"en", func(d *Decision) { d.Why, d.May = "unreadable", false }, []string{"Why: it could not be read.", "can’t be asked for any more"}},
		{"fr", func(d *Decision) { d.Why, d.May = "", false }, []string{"ne peut plus être demandée"}},
	} {
		told := d
		one.change(&told)
		m, err := WriteDecision(one.lang, "CCCCC-DDDDD", c, told)
		l, err2 := WriteLetter(one.lang, "CCCCC-DDDDD", c, []string{"Zoé"}, day(4), told)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		plain := strings.NewReplacer("\u00a0", " ", "\n", " ")
		message := plain.Replace(m.Text)
		letter := plain.Replace(l.Title + " " + strings.Join(l.Sentences, " "))
		for _, want := range one.want {
			if !strings.Contains(message, want) || !strings.Contains(letter, want) && !strings.HasSuffix(want, " on") && !strings.HasSuffix(want, " le") {
				t.Errorf("%s: without %q:\n%s", one.lang, want, message)
			}
		}
		for _, not := range []string{"Decided on", "Décidée le", "Why it was decided", "Motifs de la décision", "[decision", "You can pay", "Vous pouvez payer"} {
			if strings.Contains(message, not) {
				t.Errorf("%s: with %q:\n%s", one.lang, not, message)
			}
		}
	}
}
