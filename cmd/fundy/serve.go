package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

type serveCommand struct {
	City string `required:"" placeholder:"DIR" help:"The city's folder."`
}

// Run runs office and portal as two processes and ends when either does.
func (c *serveCommand) Run(ctx context.Context) error {
	return runAll(ctx, os.Stderr, call{args: []string{"office", "--city", c.City}}, call{args: []string{"portal", "--city", c.City}})
}

// call is this program with some arguments.
type call struct {
	args []string
	hand *os.File // a file that it inherits; nil: none but the usual ones
}

// runAll runs this program with each of the calls until ctx ends or one of them does; then all are ended.
func runAll(ctx context.Context, log io.Writer, calls ...call) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(calls))
	for _, c := range calls {
		cmd, err := child(ctx, log, c.args...)
		if err != nil {
			return err
		}
		if c.hand != nil {
			cmd.ExtraFiles = []*os.File{c.hand}
		}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start %s: %w", c.args[0], err)
		}
		go func() {
			err := cmd.Wait()
			if err != nil && ctx.Err() == nil {
				err = fmt.Errorf("%s ended: %w", c.args[0], err)
			} else {
				err = nil
			}
			ended <- err
		}()
	}
	err := <-ended
	cancel()
	for range len(calls) - 1 {
		err = errors.Join(err, <-ended)
	}
	return err
}

// child is this program, to be run with other arguments. It is asked to stop when ctx ends, made to
// after five seconds, and dies with us whatever becomes of us.
func child(ctx context.Context, log io.Writer, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd, nil
}
