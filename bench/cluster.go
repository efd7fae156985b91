package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// cluster is a PostgreSQL of our own, with fsync on.
type cluster struct {
	bin, dir, port string
	server         *exec.Cmd
}

// pg is a command of PostgreSQL's, as a user that is not root.
func (p *cluster) pg(name string, args ...string) *exec.Cmd {
	args = append([]string{filepath.Join(p.bin, name)}, args...)
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig", "INT"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir = p.dir
	return cmd
}

// newCluster makes the folder of a cluster, and nothing in it yet.
func newCluster(dir string) (*cluster, error) {
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		return nil, fmt.Errorf("no PostgreSQL in /usr/lib/postgresql: make test installs it")
	}
	slices.Sort(bins)
	p := &cluster{bin: bins[len(bins)-1], dir: dir}
	if err := os.Mkdir(p.dir, 0o755); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "nobody:nogroup", p.dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	p.port, err = freePort()
	return p, err
}

func (p *cluster) data() string { return filepath.Join(p.dir, "data") }

func (p *cluster) initialise() error {
	out, err := p.pg("initdb", "-D", p.data(), "-U", "fundy", "-A", "trust", "-E", "UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// run starts the server and waits until it answers.
func (p *cluster) run(settings ...string) error {
	args := []string{"-D", p.data(), "-h", "127.0.0.1", "-p", p.port, "-k", p.dir, "-c", "fsync=on"}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	log, err := os.Create(filepath.Join(filepath.Dir(p.dir), filepath.Base(p.dir)+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.server = p.pg("postgres", args...)
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		return err
	}
	for range 200 {
		if p.pg("pg_isready", "-q", "-h", "127.0.0.1", "-p", p.port).Run() == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return fmt.Errorf("PostgreSQL does not answer; its log is %s", log.Name())
}

// startCluster makes a cluster in a folder and starts it.
func startCluster(dir string) (*cluster, error) {
	p, err := newCluster(dir)
	if err != nil {
		return nil, err
	}
	if err := p.initialise(); err != nil {
		return nil, err
	}
	return p, p.run("max_wal_size=4GB")
}

func (p *cluster) stop() {
	if p.server == nil || p.server.Process == nil || p.server.ProcessState != nil {
		return
	}
	_ = p.server.Process.Signal(syscall.SIGINT)
	_ = p.server.Wait()
}
