package office

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
)

// A slip proves that somebody tried to pay a ticket before it was in the system. It is an HMAC over
// number, plate and instant: nothing is stored for it, it counts only for that number and plate,
// and only if the ticket came in after its instant. Sixteen characters in four groups, made to be
// written down: 32 bits of minutes, 48 bits of HMAC.

// slipAlphabet leaves out I, L, O and U, which are misread.
const slipAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const slipBytes = 10

// makeSlip is the slip for a try at an instant.
func makeSlip(key TokenKey, numberKey, skeleton string, at time.Time) string {
	minutes := uint32(at.Unix() / 60)
	b := binary.BigEndian.AppendUint32(nil, minutes)
	b = append(b, slipMAC(key, numberKey, skeleton, minutes)...)
	text := crockford(b)
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// readSlip returns the instant of a slip that is ours and for this number and plate.
func readSlip(key TokenKey, slip, numberKey, skeleton string) (time.Time, bool) {
	b, ok := fromCrockford(slip)
	if !ok {
		return time.Time{}, false
	}
	minutes := binary.BigEndian.Uint32(b)
	if !hmac.Equal(b[4:], slipMAC(key, numberKey, skeleton, minutes)) {
		return time.Time{}, false
	}
	return time.Unix(int64(minutes)*60, 0).UTC(), true
}

func slipMAC(key TokenKey, numberKey, skeleton string, minutes uint32) []byte {
	h := hmac.New(sha256.New, key.Key)
	h.Write([]byte{'f', 'u', 'n', 'd', 'y', ' ', 's', 'l', 'i', 'p', ' ', 'v', '1', 0, key.ID})
	for _, part := range []string{numberKey, skeleton} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	h.Write(binary.BigEndian.AppendUint32(nil, minutes))
	return h.Sum(nil)[:slipBytes-4]
}

func crockford(b []byte) string {
	var out strings.Builder
	var bits, have uint
	for _, c := range b {
		bits, have = bits<<8|uint(c), have+8
		for have >= 5 {
			have -= 5
			out.WriteByte(slipAlphabet[bits>>have&31])
		}
	}
	return out.String()
}

// fromCrockford forgives case, spaces, hyphens and the letters that are left out.
func fromCrockford(s string) ([]byte, bool) {
	if len(s) > 64 {
		return nil, false
	}
	s = strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
	if len(s) != slipBytes*8/5 {
		return nil, false
	}
	var out []byte
	var bits, have uint
	for i := range len(s) {
		v := strings.IndexByte(slipAlphabet, s[i])
		if v < 0 {
			return nil, false
		}
		bits, have = bits<<5|uint(v), have+5
		if have >= 8 {
			have -= 8
			out = append(out, byte(bits>>have))
		}
	}
	return out, true
}
