package citytest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// program builds fundy once, as one that can die at a step and takes its time from a file.
var program = sync.OnceValues(func() (string, error) {
	built.Store(true)
	dir, err := os.MkdirTemp("", "fundy-faults-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "fundy")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", path, "fundy/cmd/fundy").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

var built atomic.Bool

// RemoveProgram removes what was built for cities of processes.
func RemoveProgram() {
	if !built.Load() {
		return
	}
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
}

// run runs a verb to its end.
func run(ctx context.Context, args ...string) error {
	path, err := program()
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("fundy %v: %w\n%s", args, err, out)
	}
	return nil
}

// Verb runs a command of fundy on a city to its end; it dies at crash, as FUNDY_CRASH has it.
func (c *Processes) Verb(ctx context.Context, crash string, args ...string) (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, append(args, "--city", filepath.Join(c.dir, "office"))...)
	cmd.Env = append(os.Environ(), "FUNDY_CLOCK="+c.Clock.path, "FUNDY_CRASH="+crash)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Process is one verb that runs in the background, and again after it has died.
type Process struct {
	args  []string
	env   []string
	log   *os.File
	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // of the one that runs
	kills int           // how often it died by SIGKILL, by its own or by ours
	again bool
	next  []string // where the ones that are started again are to die
}

// Start runs it. crash is where it is to die, as FUNDY_CRASH has it; empty: nowhere.
func (p *Process) Start(crash string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start(crash)
}

func (p *Process) start(crash string) error {
	path, err := program()
	if err != nil {
		return err
	}
	cmd := exec.Command(path, p.args...)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.Env = append(append(os.Environ(), p.env...), "FUNDY_CRASH="+crash)
	// It dies with us, whatever becomes of us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.args[0], err)
	}
	ended := make(chan struct{})
	p.cmd, p.ended = cmd, ended
	go p.wait(cmd, ended)
	return nil
}

func (p *Process) wait(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
		p.kills++
	}
	close(ended)
	p.mu.Unlock()
	if err != nil && !s.Signaled() {
		time.Sleep(againAfter) // it could not start, say: its database is away
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.again || p.cmd != cmd {
		return
	}
	crash := ""
	if len(p.next) > 0 {
		crash, p.next = p.next[0], p.next[1:]
	}
	if err := p.start(crash); err != nil {
		fmt.Fprintln(p.log, err)
	}
}

// againAfter is how long one that ended by itself waits until it is started again.
const againAfter = 100 * time.Millisecond

// KeepAlive starts it again each time that it dies: to die again at each of the places in turn, and then at
// none.
func (p *Process) KeepAlive(crashes ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.again, p.next = true, crashes
}

// Calm takes away the places at which those that are started again were to die.
func (p *Process) Calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = nil
}

// LimitFiles makes every file that it writes full at so many bytes, as a disk is; 0: no more. One that is
// started again has no limit.
func (p *Process) LimitFiles(most int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var now unix.Rlimit
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, nil, &now); err != nil {
		return fmt.Errorf("read the limit of files: %w", err)
	}
	now.Cur = uint64(most)
	if most == 0 {
		now.Cur = now.Max
	}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &now, nil); err != nil {
		return fmt.Errorf("limit files: %w", err)
	}
	return nil
}

// Kill ends it as the kernel does, and returns when it has ended. One that is kept alive runs again.
func (p *Process) Kill() {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	cmd.Process.Kill() //nolint:errcheck // SIGKILL: as in life
	<-ended
}

// Ends waits until it has ended by itself.
func (p *Process) Ends(ctx context.Context) error {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop ends it for good.
func (p *Process) Stop() {
	p.mu.Lock()
	p.again = false
	p.mu.Unlock()
	p.Kill()
	p.log.Close()
}

// Kills is how often it has died by SIGKILL.
func (p *Process) Kills() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kills
}
