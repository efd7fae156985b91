package intake

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar is the progress bar. It goes by the bytes that were read, and shows only on a terminal. A nil bar shows nothing.
type bar struct {
	w     io.Writer
	total int64 // bytes of all files
	done  int64 // of the files before
	start time.Time
	last  time.Time
	width int
	plain bool
}

const barEvery = 100 * time.Millisecond

func newBar(w io.Writer, files []string) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 40 {
		return nil
	}
	b := &bar{w: w, start: time.Now(), width: min(width, 120), plain: os.Getenv("NO_COLOR") != ""}
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			b.total += info.Size()
		}
	}
	return b
}

func (b *bar) show(read int64, rows int) {
	if b == nil || time.Since(b.last) < barEvery {
		return
	}
	b.last = time.Now()
	_, _ = io.WriteString(b.w, "\r"+b.line(b.done+read, rows, time.Since(b.start))+"\x1b[K")
}

// line is the bar as text: how far, how many rows a second, how long yet.
func (b *bar) line(read int64, rows int, took time.Duration) string {
	share := 0.0
	if b.total > 0 {
		share = min(float64(read)/float64(b.total), 1)
	}
	left := "…"
	if share > 0.01 {
		left = time.Duration(float64(took) * (1 - share) / share).Round(time.Second).String()
	}
	tail := fmt.Sprintf(" %3.0f%%  %d rows, %.0f/s, %s left", share*100, rows, float64(rows)/max(took.Seconds(), 0.001), left)
	width := max(b.width-len(tail)-4, 8)
	full := int(share * float64(width))
	drawn := strings.Repeat("█", full)
	if !b.plain {
		drawn = "\x1b[36m" + drawn + "\x1b[0m"
	}
	return "[" + drawn + strings.Repeat("·", width-full) + "]" + tail
}

func (b *bar) fileDone(read int64) {
	if b != nil {
		b.done += read
	}
}

func (b *bar) end() {
	if b != nil {
		_, _ = io.WriteString(b.w, "\r\x1b[K")
	}
}
