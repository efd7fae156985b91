package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
)

// Limits of talking with PostgreSQL. Without them a server that is gone without a word would be waited for
// until the kernel gives up, a quarter of an hour later.
const (
	connectLimit = 5 * time.Second  // one host; a DSN's connect_timeout goes before it
	silenceLimit = 10 * time.Second // of what was sent and not received: the connection is dead
	writeLimit   = 15 * time.Second // one write with its tries: a synchronous standby may never answer
	readLimit    = 10 * time.Second // one reading: a machine that stands still answers nothing, and breaks no connection
)

// openPostgres makes the one pool. Several hosts may stand in the DSN: the one is taken that can be written.
func openPostgres(c Config) (*sql.DB, error) {
	config, err := pgx.ParseConfig(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("read the connection string: %w", err)
	}
	if severalHosts(config) && config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectLimit
	}
	dialer := net.Dialer{Timeout: config.ConnectTimeout, Control: boundSilence}
	config.DialFunc = dialer.DialContext
	// A server that can't be written any more is not asked again: the next connection goes to the one that can.
	config.OnPgError = func(_ *pgconn.PgConn, e *pgconn.PgError) bool {
		return !strings.EqualFold(e.Severity, "FATAL") && e.Code != readOnly
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "fundy"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(c.conns())
	db.SetMaxIdleConns(c.conns())
	return db, nil
}

// severalHosts: a fallback is also the same host without TLS.
func severalHosts(c *pgx.ConnConfig) bool {
	for _, f := range c.Fallbacks {
		if f.Host != c.Host || f.Port != c.Port {
			return true
		}
	}
	return false
}

// boundSilence has the kernel end a connection whose other side has stopped to take what is sent.
func boundSilence(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silenceLimit.Milliseconds()))
	})
	return errors.Join(err, set)
}

// readOnly is what PostgreSQL answers to a write where nothing can be written: a standby, or a primary that
// has been fenced.
const readOnly = "25006"

func kindOfPostgres(e *pgconn.PgError, err error) error {
	switch {
	case e.Code == "23505":
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case e.Code == "23514":
		return fmt.Errorf("%w: %w", ErrRule, err)
	case rolledBack(e) || strings.HasPrefix(e.Code, "57P") || e.Code == "53300" || e.Code == readOnly:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case e.Code == "53100":
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// rolledBack: serialization failure and deadlock. Another try may go through.
func rolledBack(e *pgconn.PgError) bool { return e.Code == "40001" || e.Code == "40P01" }

// lost says whether an error is of the connection and not of what was asked: the server is gone, is being
// shut down, or does not answer in time.
func lost(err error) bool {
	var away *pgconn.ConnectError
	var network net.Error // a deadline that has passed is one too
	if errors.As(err, &away) || errors.As(err, &network) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, pgconn.ErrConnClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// refusedCommit says whether a commit's error is a no: the database has rolled back. Everything else may have
// been committed, a session that was ended by an administrator too. The driver's own word that it is safe to
// try again does not count here: it gives it too where a commit was sent and the answer was cut off.
func refusedCommit(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (rolledBack(pg) || strings.HasPrefix(pg.Code, "23"))
}

// writeOnce is one try on PostgreSQL. What fails before the commit is sent has changed nothing.
func (s *Store) writeOnce(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	t, err := s.writers.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("begin: %w", kind(err))
	}
	defer t.Rollback() //nolint:errcheck // after a commit it has nothing to do
	tx := &Tx{pg: t, dialect: s.dialect}
	if err := fn(ctx, tx); err != nil {
		return kind(err)
	}
	if err := t.Commit(); err != nil {
		if refusedCommit(err) {
			return fmt.Errorf("commit: %w", kind(err))
		}
		return fmt.Errorf("commit: %w: %w", ErrCommitUnknown, err)
	}
	return nil
}
