package unseal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"fundy/office/unseal"
	"fundy/seal"
)

func opener(t *testing.T, record func(unseal.What) error) (*unseal.Opener, seal.PublicKey) {
	t.Helper()
	private, public, err := unseal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	text, err := private.Text()
	if err != nil {
		t.Fatal(err)
	}
	private, err = unseal.Parse([]byte(text + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	public, err = seal.ParsePublicKey([]byte(public.Text() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := unseal.New(unseal.Config{
		PrivateKey: private,
		Record:     func(_ context.Context, w unseal.What) error { return record(w) },
		CachedKeys: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if private.ID() != public.ID() {
		t.Fatalf("private key is %s, public key is %s", private.ID(), public.ID())
	}
	return o, public
}

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()
	var recorded []unseal.What
	o, public := opener(t, func(w unseal.What) error { recorded = append(recorded, w); return nil })
	sealed, err := public.Seal([]byte("a@example.org"), []byte("address/v1"), []byte("request-1"))
	if err != nil {
		t.Fatal(err)
	}
	what := unseal.What{Actor: "mail", Purpose: "receipt", Subject: "p1", Field: "email"}
	plain, err := o.Open(t.Context(), what, sealed, []byte("address/v1"), []byte("request-1"))
	if err != nil || string(plain) != "a@example.org" {
		t.Fatalf("opens as %q, %v", plain, err)
	}
	if len(recorded) != 1 || recorded[0] != what {
		t.Errorf("recorded %v, want %v", recorded, what)
	}
	changed := append([]byte{}, sealed...)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"other aad": func() ([]byte, error) {
			return o.Open(t.Context(), what, sealed, []byte("address/v1"), []byte("request-2"))
		},
		"other info": func() ([]byte, error) {
			return o.Open(t.Context(), what, sealed, []byte("plate/v1"), []byte("request-1"))
		},
		"changed": func() ([]byte, error) {
			return o.Open(t.Context(), what, changed, []byte("address/v1"), []byte("request-1"))
		},
		"cut":     func() ([]byte, error) { return o.Open(t.Context(), what, sealed[:40], nil, nil) },
		"nothing": func() ([]byte, error) { return o.Open(t.Context(), what, nil, nil, nil) },
	} {
		if plain, err := open(); !errors.Is(err, unseal.ErrCannotOpen) {
			t.Errorf("%s: opens as %q, %v", name, plain, err)
		}
	}
}

func TestAFieldOpensOnlyForItsCityTicketAndName(t *testing.T) {
	t.Parallel()
	o, public := opener(t, func(unseal.What) error { return nil })
	for i := range 5 { // more keys than are cached
		key, sealer, err := seal.NewDataKey(public)
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("ticket-%d", i)
		sealed, err := sealer.SealField("sj", id, "plate", []byte("ABC 123"))
		if err != nil {
			t.Fatal(err)
		}
		open := func(city, id, field string) ([]byte, error) {
			return o.OpenField(t.Context(), unseal.What{Subject: id, Field: field}, key, city, sealed)
		}
		if plain, err := open("sj", id, "plate"); err != nil || string(plain) != "ABC 123" {
			t.Fatalf("opens as %q, %v", plain, err)
		}
		for _, place := range [][3]string{{"mo", id, "plate"}, {"sj", "ticket-9", "plate"}, {"sj", id, "email"}} {
			if _, err := open(place[0], place[1], place[2]); !errors.Is(err, unseal.ErrCannotOpen) {
				t.Errorf("opens as %v too", place)
			}
		}
	}
}

func TestNothingIsOpenedThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	o, public := opener(t, func(unseal.What) error { return full })
	key, sealer, err := seal.NewDataKey(public)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.SealField("sj", "t", "plate", []byte("ABC 123"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := o.OpenField(t.Context(), unseal.What{Subject: "t", Field: "plate"}, key, "sj", sealed)
	if !errors.Is(err, full) || plain != nil {
		t.Errorf("opens as %q, %v", plain, err)
	}
	if _, err := unseal.New(unseal.Config{}); err == nil {
		t.Error("an opener without key and record is made")
	}
}

func TestAnotherOfficesKeySaysWhoseItIs(t *testing.T) {
	t.Parallel()
	o, _ := opener(t, func(unseal.What) error { return nil })
	_, other, err := unseal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := other.Seal([]byte("x"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context(), unseal.What{}, sealed, nil, nil); !errors.Is(err, unseal.ErrCannotOpen) {
		t.Errorf("opens another office's: %v", err)
	}
	if text := fmt.Sprintf("%v %+v", o, struct{ O *unseal.Opener }{o}); text != "[sealed] {O:[sealed]}" {
		t.Errorf("an opener prints as %s", text)
	}
}

func BenchmarkSealField(b *testing.B) {
	_, public, err := unseal.Generate()
	if err != nil {
		b.Fatal(err)
	}
	_, sealer, err := seal.NewDataKey(public)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, _ = sealer.SealField("sj", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "plate", []byte("ABC 123"))
	}
}
