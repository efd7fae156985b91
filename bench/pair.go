package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pair is a primary and its one synchronous standby: a commit is answered when the standby has applied it.
type pair struct {
	a, b   *cluster // a is the primary until it fails
	frozen []int    // its processes that stand still
}

func startPair(ctx context.Context, dir string) (*pair, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var p pair
	var err error
	if p.a, err = newCluster(filepath.Join(dir, "a")); err != nil {
		return nil, err
	}
	if p.b, err = newCluster(filepath.Join(dir, "b")); err != nil {
		return nil, err
	}
	if err := p.a.initialise(); err != nil {
		return nil, err
	}
	if err := p.a.run("synchronous_commit=remote_apply"); err != nil {
		return nil, err
	}
	if err := p.follow(ctx); err != nil {
		p.stop()
		return nil, err
	}
	return &p, nil
}

// follow makes the standby from a base backup, and waits until it is the synchronous one.
func (p *pair) follow(ctx context.Context) error {
	out, err := p.b.pg("pg_basebackup", "-h", "127.0.0.1", "-p", p.a.port, "-U", "fundy", "-D", p.b.data(),
		"-X", "stream", "-C", "-S", "b", "-R", "--checkpoint=fast").CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	err = p.b.run("synchronous_commit=remote_apply", "primary_slot_name=b",
		"primary_conninfo=host=127.0.0.1 port="+p.a.port+" user=fundy application_name=b")
	if err != nil {
		return err
	}
	// The standby has the setting too, as in life: once promoted, it would wait for a standby that it has not.
	for _, c := range []*cluster{p.a, p.b} {
		if err := c.waitFor(ctx, "b"); err != nil {
			return err
		}
	}
	db, err := sql.Open("pgx", p.a.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for range 200 {
		var n int
		if err := db.QueryRowContext(ctx, "select count(*) from pg_stat_replication where sync_state = 'sync'").Scan(&n); err != nil {
			return err
		}
		if n == 1 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the standby did not become synchronous")
}

// waitFor says for which standby each commit waits; "" for none.
func (p *cluster) waitFor(ctx context.Context, standby string) error {
	db, err := sql.Open("pgx", p.dsn("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "alter system set synchronous_standby_names = '"+standby+"'"); err != nil { //nolint:gosec // our own name
		return err
	}
	_, err = db.ExecContext(ctx, "select pg_reload_conf()")
	return err
}

// kill ends the primary as a power cut does: its processes are gone with their master.
func (p *pair) kill() error {
	if err := p.a.server.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	_ = p.a.server.Wait()
	return nil
}

// freeze makes the primary stand still, as a machine does whose disk hangs: connections stay open, and nothing
// is answered. It is killed when the run is over, before it could go on.
func (p *pair) freeze() error {
	if err := p.a.server.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", p.a.server.Process.Pid))
	if err != nil {
		return err
	}
	for _, pid := range strings.Fields(string(children)) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			return err
		}
		if syscall.Kill(n, syscall.SIGSTOP) == nil {
			p.frozen = append(p.frozen, n)
		}
	}
	return nil
}

// promote makes the standby the primary, as an operator would: it has no standby of its own yet, so its
// commits must not wait for one.
func (p *pair) promote(ctx context.Context) error {
	if out, err := p.b.pg("pg_ctl", "promote", "-D", p.b.data(), "-w").CombinedOutput(); err != nil {
		return fmt.Errorf("promote: %w: %s", err, out)
	}
	return p.b.waitFor(ctx, "")
}

// dsn names both: who connects takes the one that can be written.
func (p *pair) dsn(database string) string {
	return "postgres://fundy@127.0.0.1:" + p.a.port + ",127.0.0.1:" + p.b.port + "/" + database +
		"?sslmode=disable&target_session_attrs=read-write&connect_timeout=2"
}

func (p *pair) stop() {
	if len(p.frozen) > 0 {
		_ = p.kill()
	}
	for _, pid := range p.frozen {
		_ = syscall.Kill(pid, syscall.SIGCONT) // it finds its master dead, and ends
	}
	p.a.stop()
	p.b.stop()
}
