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

// Process is one verb that runs in the background, and again after it has died.
type Process struct {
	args  []string
	env   []string
	log   *os.File
	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // of the one that runs
	err   error         // of the last one that ended
	kills int           // how often it died by SIGKILL, by its own or by ours
	again bool
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
	defer p.mu.Unlock()
	p.err = err
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
		p.kills++
	}
	close(ended)
	if p.again && p.cmd == cmd {
		p.err = p.start("")
	}
}

// KeepAlive starts it again each time that it dies, without a place to die at.
func (p *Process) KeepAlive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.again = true
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
