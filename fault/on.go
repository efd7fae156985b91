//go:build faults

package fault

import (
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// crashes are the places at which this process is to die, each the nth time that it comes there:
// FUNDY_CRASH is "before:allocate:1,after:call_capture:2".
var crashes = struct {
	sync.Mutex
	left map[string]int
}{left: parse(os.Getenv("FUNDY_CRASH"))}

func parse(text string) map[string]int {
	left := map[string]int{}
	for one := range strings.SplitSeq(text, ",") {
		parts := strings.Split(one, ":")
		if len(parts) != 3 {
			continue
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			panic("FUNDY_CRASH: " + one)
		}
		left[parts[0]+":"+parts[1]] = n
	}
	return left
}

// Before dies here, if it is this step's turn: nothing of it has been done.
func Before(s Step) { at("before:" + s.name) }

// After dies here: all of it has been done, and nobody has been told.
func After(s Step) { at("after:" + s.name) }

func at(place string) {
	crashes.Lock()
	defer crashes.Unlock()
	n, ok := crashes.left[place]
	if !ok {
		return
	}
	if n--; n > 0 {
		crashes.left[place] = n
		return
	}
	delete(crashes.left, place)
	// As by the kernel: nothing is flushed, nothing deferred is run.
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// clock is a file of eight bytes: by how many nanoseconds this process's time is ahead of the machine's.
var clock = os.Getenv("FUNDY_CLOCK")

// Now is the machine's time, moved by what the file at FUNDY_CLOCK says. It is read each time, so that all
// processes of a city have the same time at once.
func Now() time.Time {
	if clock == "" {
		return time.Now()
	}
	b, err := os.ReadFile(clock)
	if err != nil || len(b) != 8 {
		return time.Now()
	}
	return time.Now().Add(time.Duration(binary.LittleEndian.Uint64(b)))
}
