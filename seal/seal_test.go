package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"fundy/seal"
)

func TestASecretPrintsAsSealedWithEveryVerb(t *testing.T) {
	t.Parallel()
	key := seal.NewIndexKey()
	holder := struct {
		Key    seal.IndexKey
		Sealer seal.Sealer
	}{Key: key}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if got := fmt.Sprintf(verb, key); got != "[sealed]" {
			t.Errorf("%s prints %q, want [sealed]", verb, got)
		}
		if got := fmt.Sprintf(verb, holder); bytes.Contains([]byte(got), []byte(key.Text()[20:40])) {
			t.Errorf("%s of a holder prints the key", verb)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key)
	if !bytes.Contains(log.Bytes(), []byte(`"key":"[sealed]"`)) {
		t.Errorf("log line is %s", log.Bytes())
	}
	if b, err := json.Marshal(holder); err != nil || string(b) != `{"Key":"[sealed]","Sealer":"[sealed]"}` {
		t.Errorf("JSON is %s, %v", b, err)
	}
}

func TestIndexesOfDifferentKindsCitiesKeysAndCutsDiffer(t *testing.T) {
	t.Parallel()
	k, other := seal.NewIndexKey(), seal.NewIndexKey()
	seen := map[string]string{}
	for name, index := range map[string][]byte{
		"lookup":          k.Lookup("sj", "A12", "B3"),
		"cut elsewhere":   k.Lookup("sj", "A1", "2B3"),
		"other city":      k.Lookup("mo", "A12", "B3"),
		"other key":       other.Lookup("sj", "A12", "B3"),
		"by day":          k.LookupDay("sj", "A12", "B3"),
		"plate":           k.Plate("sj", "A12", "B3"),
		"skeleton":        k.Skeleton("sj", "A12"),
		"skeleton longer": k.Skeleton("sj", "A12B3"),
	} {
		if len(index) != seal.IndexSize {
			t.Errorf("%s is of %d bytes, want %d", name, len(index), seal.IndexSize)
		}
		if before, ok := seen[string(index)]; ok {
			t.Errorf("%s and %s are the same index", name, before)
		}
		seen[string(index)] = name
	}
	if !bytes.Equal(k.Lookup("sj", "A12", "B3"), k.Lookup("sj", "A12", "B3")) {
		t.Error("the same look-up gives another index")
	}
}

func TestIndexKeyIsTheSameAfterItsTextForm(t *testing.T) {
	t.Parallel()
	k := seal.NewIndexKey()
	again, err := seal.ParseIndexKey([]byte(k.Text() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if k.ID() != again.ID() || k.TicketID("c", "", "1", "2026-01-01") != again.TicketID("c", "", "1", "2026-01-01") {
		t.Error("the key read again makes other indexes")
	}
	if len(k.TicketID("c", "", "1", "2026-01-01")) != 26 {
		t.Error("a ticket's id is not 26 letters")
	}
	for _, bad := range []string{"", "x", seal.IndexPrefix, seal.IndexPrefix + "AAAA"} {
		if _, err := seal.ParseIndexKey([]byte(bad)); err == nil {
			t.Errorf("%q is read as a key", bad)
		}
	}
}

func TestWithoutAKeyNothingIsSealed(t *testing.T) {
	t.Parallel()
	if _, err := (seal.PublicKey{}).Seal([]byte("x"), nil, nil); err == nil {
		t.Error("a zero public key seals")
	}
	if _, err := (seal.Sealer{}).SealField("c", "t", "plate", nil); err == nil {
		t.Error("a zero sealer seals")
	}
	if _, err := seal.ParsePublicKey([]byte(seal.PublicPrefix + "AAAA")); err == nil {
		t.Error("three bytes are read as a public key")
	}
}

func BenchmarkIndex(b *testing.B) {
	k := seal.NewIndexKey()
	for b.Loop() {
		k.Lookup("saint-john", "FH1028075", "ABC123")
	}
}
