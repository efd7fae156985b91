package portal

import (
	"context"
	"strings"
	"testing"
	"time"

	"fundy/desk/deskpb"
)

// What the page answers: yes with the day and what it is about, or no with what to do; in both languages.
func TestTheMessagePageAnswers(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).UnixMicro()
	for _, c := range []struct {
		lang   string
		answer *deskpb.CheckMessageResponse
		want   []string
		no     string
	}{
		{"en", &deskpb.CheckMessageResponse{Ours: true, SentAt: at, Kind: "mail_receipt"}, []string{"Yes: we sent", "4F7QK-8R2MC on March 1, 2026", "about your receipt"}, "No: we"},
		{"fr", &deskpb.CheckMessageResponse{Ours: true, SentAt: at, Kind: "mail_receipt"}, []string{"Oui : nous avons", "4F7QK-8R2MC le 1er mars 2026", "concerne votre reçu"}, "Non :"},
		{"en", &deskpb.CheckMessageResponse{Ours: true, SentAt: at, Kind: "letter_receipt"}, []string{"receipt on paper"}, "[message"},
		{"fr", &deskpb.CheckMessageResponse{Ours: true, SentAt: at, Kind: "letter_returned"}, []string{"chèque que sa banque n’a pas honoré"}, "[message"},
		{"en", &deskpb.CheckMessageResponse{Ours: true, SentAt: at, Kind: "of_later"}, []string{"card number or a password, it is not ours"}, "[message"},
		{"en", &deskpb.CheckMessageResponse{}, []string{"No: we have sent no message with the reference 4F7QK-8R2MC", "call us"}, "Yes: we"},
		{"fr", &deskpb.CheckMessageResponse{}, []string{"Non : nous n’avons", "appelez-nous"}, "Oui :"},
		{"fr", nil, []string{"Ce message vient-il de nous?"}, "id=\"answer\""},
	} {
		page := strings.ReplaceAll(said(t, c.lang, "message", &messagePage{Reference: "4F7QK-8R2MC", Answer: c.answer}), "\u00a0", " ")
		for _, w := range c.want {
			if !strings.Contains(page, w) {
				t.Errorf("%s %v: no %q in\n%s", c.lang, c.answer, w, page)
			}
		}
		if strings.Contains(page, c.no) {
			t.Errorf("%s %v: %q in\n%s", c.lang, c.answer, c.no, page)
		}
	}
}

// Each page leads to it.
func TestEachPageAsksWhetherAMessageIsOurs(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": `href="/message"`, "fr": `href="/courriel"`} {
		for _, page := range []string{"front", "find", "wrong", "busy"} {
			var data any
			if page == "find" {
				data = &findPage{}
			}
			if text := said(t, lang, page, data); !strings.Contains(text, want) {
				t.Errorf("%s %s does not lead there:\n%s", lang, page, text)
			}
		}
	}
}

func (awayDesk) CheckMessage(context.Context, *deskpb.CheckMessageRequest) (*deskpb.CheckMessageResponse, error) {
	return &deskpb.CheckMessageResponse{SlowDown: &deskpb.SlowDown{Seconds: 1}}, nil
}
