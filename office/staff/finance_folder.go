package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fundy/payment"
	"fundy/settle"
	"fundy/store"
	"fundy/ticket"
)

// heldFile is a file that came by a folder, on the page on which what somebody brings is looked at.
type heldFile struct {
	store.FolderFile
	Wrong   string // why it can't be applied as it is
	Fault   string // what its reader said
	English bool   // Fault is in English, whatever the page's language
	AskGap  bool   // a statement before it is missing: a person can say why
	Gap     string // as typed
	Note    string // why it is refused, as typed
}

// May says whether it can be applied: as it is, or with a word about the statement that is missing.
func (h *heldFile) May() bool { return h.Wrong == "" || h.AskGap }

// Begun says that somebody has begun to apply it: then it is not refused.
func (h *heldFile) Begun() bool { return h.State == store.FileTaking }

// waiting are the files that came by a folder and wait for a person.
func (p *Pages) waiting(ctx context.Context, tx *store.Tx) ([]store.FolderFile, error) {
	if p.Folder == nil {
		return nil, nil
	}
	all, err := tx.OpenFolderFiles(ctx, heldShown)
	return slices.DeleteFunc(all, func(f store.FolderFile) bool { return f.State == store.FileTaking && f.Who == "" }), err
}

// heldOf is a file that waits, with what is in it. Where there is none, the answer is written, and ok is false.
func (p *Pages) heldOf(w http.ResponseWriter, r *http.Request) (file store.FolderFile, content []byte, ok bool, err error) {
	if p.Folder == nil {
		return file, nil, false, done(w, r, "/finance/files", "folder_gone")
	}
	file, content, err = p.Folder.Held(r.Context(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, settle.ErrFileGone) {
		return file, nil, false, done(w, r, "/finance/files", "folder_gone")
	}
	return file, content, err == nil, err
}

// stagedOf is a held file as one that somebody has brought.
func (p *Pages) stagedOf(v *view, file store.FolderFile, content []byte, gap string) stagedFile {
	f := stagedFile{brought: brought{Name: file.Name, Content: content, Digest: file.Digest}, Kind: file.Kind, Mapping: file.Mapping, By: v.Name(), At: p.Now()}
	if gap != "" {
		f.Despite = settle.Despite{Why: gap, By: v.Name()}
	}
	return f
}

// showHeldFile runs a file dry that waits, as one that is brought: what it would come to as the city stands now.
func (p *Pages) showHeldFile(w http.ResponseWriter, r *http.Request, v *view) error {
	file, content, ok, err := p.heldOf(w, r)
	if !ok {
		return err
	}
	return p.heldFilePage(w, r, v, file, content, &heldFile{})
}

func (p *Pages) heldFilePage(w http.ResponseWriter, r *http.Request, v *view, file store.FolderFile, content []byte, held *heldFile) error {
	held.FolderFile = file
	page := &filePage{ID: file.ID, Kind: file.Kind, Name: file.Name, Digest: file.Digest, Mapping: file.Mapping, Held: held}
	select {
	case p.staged.turn <- struct{}{}:
		defer func() { <-p.staged.turn }()
		if err := p.lookAtHeld(r.Context(), v, page, content); err != nil {
			return err
		}
	default:
		held.Wrong = v.T("finance.upload.busy")
	}
	v.Data, v.Back = page, "/finance/files/held/"+file.ID
	return p.answer(w, v, "finance_file")
}

// lookAtHeld fills in what a file would come to, or why it can't be applied.
func (p *Pages) lookAtHeld(ctx context.Context, v *view, page *filePage, content []byte) error {
	err := p.readInto(ctx, p.stagedOf(v, page.Held.FolderFile, content, ""), page, false)
	said := &filesPage{Which: page.Kind}
	no := p.fileProblem(v, err, said)
	if no == nil {
		return err
	}
	page.Bank, page.Tickets = nil, nil
	page.Held.Wrong, page.Held.Fault, page.Held.English, page.Held.AskGap = v.T(no.Key, no.Fill...), said.Fault, said.English, said.AskGap
	return nil
}

// readInto reads a file for a page: what it would come to, or with apply what it came to.
func (p *Pages) readInto(ctx context.Context, f stagedFile, page *filePage, apply bool) error {
	if f.Kind == store.BanksFile {
		got, err := p.takeBank(ctx, f, apply)
		page.Bank = &got
		return err
	}
	got, err := p.takeTickets(ctx, f, apply)
	page.Tickets = &got
	return err
}

// applyHeldFile applies a file that waits. Who has begun is written first: killed in it, the file waits with that, and is
// applied once more; what was written of it is the same again.
func (p *Pages) applyHeldFile(w http.ResponseWriter, r *http.Request, v *view) error {
	file, content, ok, err := p.heldOf(w, r)
	if !ok {
		return err
	}
	held := &heldFile{Gap: typedLine(r, "gap")}
	f := p.stagedOf(v, file, content, held.Gap)
	if err := p.tellApply(r.Context(), v, f); err != nil {
		return err
	}
	if file.Kind == store.TicketsFile {
		file, err = p.Folder.BeginHeld(r.Context(), file, v.Name())
		if errors.Is(err, store.ErrConflict) {
			v.Problem = &problem{Field: "apply", Key: "folder.moved"}
			return p.heldAgain(w, r, v, held)
		}
		if err != nil {
			return err
		}
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(applyLimit)) // where it can't be set, the server's own holds
	page := &filePage{Kind: file.Kind, Name: file.Name, Digest: file.Digest, Mapping: file.Mapping, Done: true}
	ctx := context.WithoutCancel(r.Context()) // who goes away leaves nothing half done
	err = p.readInto(ctx, f, page, true)
	if no := p.fileProblem(v, err, &filesPage{Which: file.Kind, Gap: held.Gap}); no != nil {
		if file.Kind == store.TicketsFile {
			err = p.Folder.LeaveHeld(ctx, file)
		} else {
			err = nil
		}
		if err != nil {
			return err
		}
		v.Problem = &problem{Field: "apply", Key: no.Key, Fill: no.Fill}
		if no.Field == "gap" {
			v.Problem.Field = "gap"
		}
		return p.heldAgain(w, r, v, held)
	}
	if err == nil {
		err = p.Folder.EndHeld(ctx, file, store.FileApplied, v.Name(), "")
	}
	if err != nil && !errors.Is(err, store.ErrConflict) { // another has applied the same, to the byte
		return err
	}
	v.Said = "finance_applied"
	return p.showFile(w, v, page)
}

// heldAgain shows a file as it stands now, with what was typed.
func (p *Pages) heldAgain(w http.ResponseWriter, r *http.Request, v *view, held *heldFile) error {
	file, content, ok, err := p.heldOf(w, r)
	if !ok {
		return err
	}
	return p.heldFilePage(w, r, v, file, content, held)
}

// refuseHeldFile writes that a file is not to be applied, and why. It stays in its folder until the operator deletes it.
func (p *Pages) refuseHeldFile(w http.ResponseWriter, r *http.Request, v *view) error {
	file, content, ok, err := p.heldOf(w, r)
	if !ok {
		return err
	}
	held := &heldFile{Note: typedLine(r, "note")}
	if file.State == store.FileTaking {
		v.Problem = &problem{Field: "note", Key: "folder.begun"}
		return p.heldFilePage(w, r, v, file, content, held)
	}
	err = p.Folder.EndHeld(r.Context(), file, store.FileRefused, v.Name(), held.Note)
	var no *payment.ExceptionRefusal
	switch {
	case errors.As(err, &no):
		v.Problem = &problem{Field: "note", Key: "queue.refused." + no.Reason}
		return p.heldFilePage(w, r, v, file, content, held)
	case errors.Is(err, store.ErrConflict):
		v.Problem = &problem{Field: "note", Key: "folder.moved"}
		return p.heldAgain(w, r, v, held)
	case err != nil:
		return err
	}
	return done(w, r, "/finance/files", "folder_refused")
}

// broughtTickets keeps that a person has applied a file of tickets, for the folder and for who expects one.
func (p *Pages) broughtTickets(ctx context.Context, f stagedFile, got Imported) error {
	if p.Folder == nil {
		return nil
	}
	return p.Folder.TicketsBrought(ctx, store.FolderFile{
		Digest: f.Digest, Name: f.Name, Mapping: f.Mapping, Who: f.By,
		Totals: ticket.FileTotals{Rows: got.Rows, New: got.New, Same: got.Same, Changed: got.Changed, Rejected: got.Rejected, Fines: got.Fines},
	})
}
