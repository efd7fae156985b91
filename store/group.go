package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// group commits many callers' writes together on SQLite: one transaction, a savepoint for each, one
// flush to disk for all. A caller's error rolls back to its own savepoint only; every caller is
// answered after the commit, so an acknowledged write is on disk.
type group struct {
	dialect dialect
	conn    *sql.Conn // the one writer, owned by run
	stmts   statements
	jobs    chan *job
	quit    chan struct{}
	done    sync.WaitGroup
}

type job struct {
	ctx    context.Context
	fn     func(ctx context.Context, tx *Tx) error
	result chan error
}

// Limits of one commit.
const (
	groupMost  = 64
	groupQueue = 1024
)

func newGroup(ctx context.Context, s *Store) (*group, error) {
	conn, err := s.writers.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the writer: %w", kind(err))
	}
	g := &group{
		dialect: s.dialect, conn: conn, stmts: statements{db: conn},
		jobs: make(chan *job, groupQueue), quit: make(chan struct{}),
	}
	g.done.Add(1)
	go g.run()
	return g, nil
}

func (g *group) stop() {
	close(g.quit)
	g.done.Wait()
	g.stmts.close()
	g.conn.Close()
}

// write hands fn to the writer and waits for its answer. A caller whose context ends while it
// waits in the queue is not run; one that is running is waited for, because its outcome is known
// only then.
func (g *group) write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	j := &job{ctx: ctx, fn: fn, result: make(chan error, 1)}
	select {
	case g.jobs <- j:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	case <-g.quit:
		return errors.New("store is closed")
	}
	select {
	case err := <-j.result:
		return err
	case <-g.quit:
		g.done.Wait()
		select {
		case err := <-j.result:
			return err
		default:
			return errors.New("store is closed")
		}
	}
}

func (g *group) run() {
	defer g.done.Done()
	for {
		select {
		case <-g.quit:
			return
		case first := <-g.jobs:
			g.commit(g.gather(first))
		}
	}
}

// gather takes what is waiting now, and never waits for more.
func (g *group) gather(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < groupMost {
		select {
		case j := <-g.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit runs the jobs in one transaction. A crash before the commit leaves none of them; after it,
// all that are answered nil.
func (g *group) commit(jobs []*job) {
	ctx := context.Background()
	results := make([]error, len(jobs))
	err := g.transact(ctx, jobs, results)
	for i, j := range jobs {
		if results[i] == nil {
			results[i] = err
		}
		j.result <- results[i]
	}
}

func (g *group) transact(ctx context.Context, jobs []*job, results []error) (err error) {
	if err := g.stmts.exec(ctx, g.dialect.begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for i, j := range jobs {
		lost := false
		if results[i], lost = g.runJob(ctx, j); lost {
			// A full disk, say: SQLite has rolled the whole transaction back. Nobody's work stands, and
			// nothing may run after it, outside a transaction. The others may try again.
			cause := results[i]
			clear(results)
			results[i] = cause
			_ = g.stmts.exec(ctx, "rollback") // there may be none any more
			if errors.Is(cause, ErrFull) {
				return fmt.Errorf("transaction lost: %w", ErrFull)
			}
			return fmt.Errorf("transaction lost: %w", ErrBusy)
		}
	}
	if err := g.stmts.exec(ctx, "commit"); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), g.stmts.exec(ctx, "rollback"))
	}
	return nil
}

// runJob runs one caller's fn inside a savepoint. lost: the savepoint is gone, and the transaction with it.
func (g *group) runJob(ctx context.Context, j *job) (err error, lost bool) {
	if j.ctx.Err() != nil {
		return j.ctx.Err(), false
	}
	if err := g.stmts.exec(ctx, "savepoint job"); err != nil {
		return fmt.Errorf("savepoint: %w", err), false
	}
	finished := false
	defer func() {
		if finished && err == nil {
			err = g.stmts.exec(ctx, "release job")
			lost = err != nil
			return
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
		undo := errors.Join(g.stmts.exec(ctx, "rollback to job"), g.stmts.exec(ctx, "release job"))
		lost = undo != nil
		err = errors.Join(err, undo)
	}()
	// The caller's own context is not given to the statements: one that ended in the middle would
	// interrupt the connection that all share. The foreign calls are outside, so this is short.
	err = j.fn(context.WithoutCancel(j.ctx), &Tx{stmts: &g.stmts, dialect: g.dialect})
	finished = true
	return err, false
}
