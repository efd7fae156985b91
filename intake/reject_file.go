package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// rejectFile is where rows that did not go in are listed: file, line, column, reason. It holds nothing out of a row.
type rejectFile struct {
	file *os.File
	buf  *bufio.Writer
	csv  *csv.Writer
}

func openRejects(path string) (*rejectFile, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no file is a way to have one: its methods do nothing
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file for rejects (name another with --rejects): %w", err)
	}
	r := &rejectFile{file: f, buf: bufio.NewWriter(f)}
	r.csv = csv.NewWriter(r.buf)
	return r, r.csv.Write([]string{"file", "line", "column", "reason"})
}

func (r *rejectFile) write(j *Reject) error {
	if r == nil {
		return nil
	}
	if err := r.csv.Write([]string{j.File, strconv.Itoa(j.Line), j.Column, j.Reason}); err != nil {
		return fmt.Errorf("write reject file: %w", err)
	}
	return nil
}

func (r *rejectFile) close() error {
	if r == nil {
		return nil
	}
	r.csv.Flush()
	return errors.Join(r.csv.Error(), r.buf.Flush(), r.file.Close())
}
