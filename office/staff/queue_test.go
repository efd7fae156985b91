package staff

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fundy/money"
	"fundy/payment"
	"fundy/settle"
	"fundy/store"
)

func (b *bench) raise(kind payment.ExceptionKind, ref string) (id string) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		if err := settle.Raise(ctx, tx, kind, ref, money.FromMinor(1250), "", b.now); err != nil {
			return err
		}
		e, err := tx.ExceptionOf(ctx, kind, ref)
		id = e.ID
		return err
	})
	return id
}

// What waits is taken, noted and closed; who comes second reads what became of it; what money hangs on does not
// close by a word; words that are refused stay in the page.
func TestWorkingTheQueue(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne", "supervisor")
		b.person("ben", "supervisor")
		anne, ben := b.session("anne"), b.session("ben")
		line, money := b.raise(payment.ExceptionLine, "line-1"), b.raise(payment.ExceptionUnallocated, "0123456789abcdef")
		code, page := b.get(anne, "/queue")
		b.wants(code, page, http.StatusOK, "A line that nobody can explain", "$12.50", "Say what it is.", "Finance", "0 days")
		act := func(token, id, act, note string, code int, words ...string) {
			t.Helper()
			got, page := b.post(token, "/queue/"+id+"/act", url.Values{"act": {act}, "note": {note}})
			b.wants(got, page, code, words...)
		}
		act(anne, line, "take", "", http.StatusSeeOther)
		code, page = b.get(ben, "/queue/"+line)
		b.wants(code, page, http.StatusOK, "Taken", "anne")
		act(anne, line, "note", "", http.StatusUnprocessableEntity, "Say it in one line")
		act(anne, line, "note", strings.Repeat("long ", 80), http.StatusUnprocessableEntity, "Say it in one line", "long long long")
		act(ben, line, "close", "a fee of the bank's", http.StatusSeeOther)
		act(anne, line, "close", "mine", http.StatusUnprocessableEntity, "It has been closed meanwhile", "a fee of the bank")
		act(anne, money, "close", "done", http.StatusUnprocessableEntity, "It closes by itself")
		act(anne, "none", "close", "done", http.StatusNotFound)
		act(anne, money, "sing", "done", http.StatusBadRequest)
		_, page = b.get(anne, "/queue")
		if strings.Contains(page, "A line that nobody") || !strings.Contains(page, "Money that is put to no ticket") {
			t.Errorf("the queue has\n%s", page)
		}
	})
}

// Each language says what to do.
func TestTheQueueInFrench(t *testing.T) {
	t.Parallel()
	b := sqlite(t)
	b.person("anne", "supervisor")
	b.raise(payment.ExceptionLine, "line-1")
	token := b.session("anne")
	r := b.request("GET", "/queue", token, nil)
	r.AddCookie(&http.Cookie{Name: languageCookie, Value: "fr"})
	code, page := b.do(r)
	b.wants(code, page, http.StatusOK, `lang="fr"`, "Une ligne que personne ne peut expliquer", "12,50 $", "Dire ce que c’est.", "0 jour")
}

// One's own sessions are listed, and each can be ended from another.
func TestEndingASessionOfOnesOwn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		b.person("anne")
		b.person("ben")
		one, two, bens := b.session("anne"), b.session("anne"), b.session("ben")
		id := func(token string) (id string) {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				s, err := tx.StaffSession(ctx, b.pages.Key.mac(macSession, []byte(token)))
				id = s.ID
				return err
			})
			return id
		}
		code, page := b.get(one, "/me")
		b.wants(code, page, http.StatusOK, id(two), "192.0.2.0/24", "this one")
		for _, other := range []string{id(two), id(bens)} {
			code, page = b.post(one, "/me/sessions/end", url.Values{"id": {other}})
			b.wants(code, page, http.StatusSeeOther)
		}
		code, _ = b.get(two, "/me")
		b.wants(code, "", http.StatusUnauthorized)
		code, _ = b.get(bens, "/me") // another's is not one's own to end
		b.wants(code, "", http.StatusOK)
		code, _ = b.post(one, "/signout", nil)
		b.wants(code, "", http.StatusSeeOther)
		code, _ = b.get(one, "/me")
		b.wants(code, "", http.StatusUnauthorized)
	})
}

// Who reads French writes cents after a comma; who reads English does not.
func TestAnAmountInFrench(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"fr": "30.50", "en": "30,50"} {
		if got := (&view{Lang: lang}).typedAmount("30,50"); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
}
