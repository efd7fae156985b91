package intake

import (
	"strings"
	"testing"
	"time"
)

func TestTheBarShowsHowFarHowFastAndHowLongYet(t *testing.T) {
	t.Parallel()
	b := &bar{total: 1000, width: 80, plain: true}
	line := b.line(250, 5000, 10*time.Second)
	if !strings.HasSuffix(line, " 25%  5000 rows, 500/s, 30s left") || len([]rune(line)) > 80 {
		t.Errorf("the bar is %q", line)
	}
	if strings.Contains(line, "\x1b") {
		t.Error("NO_COLOR has colour")
	}
	if newBar(nil, nil) != nil {
		t.Error("there is a bar where there is no terminal")
	}
}
