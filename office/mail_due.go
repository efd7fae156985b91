package office

import (
	"context"
	"time"

	"fundy/fault"
	"fundy/settle"
	"fundy/store"
)

// What waits is looked for when the office starts, and from time to time: another process may have parked some.
const (
	mailDueEvery = 10 * time.Minute
	mailDueBatch = 200
)

// watchMail makes due what waits for a mail server; without one it says once that nothing is sent.
func (o *Office) watchMail(ctx context.Context) {
	if o.Mail == nil {
		o.sayUnsent(ctx)
		return
	}
	tick := time.NewTicker(mailDueEvery)
	defer tick.Stop()
	for {
		if err := o.patiently(ctx, func() error { return o.makeMailDue(ctx) }); err != nil && ctx.Err() == nil {
			o.Log.Error("office: messages that wait were not made due; tried again later", "alarm", "mail_due", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// mailKinds are the tasks that send a message to a payer.
var mailKinds = []string{settle.TaskMail, settle.TaskMailLapsed, settle.TaskMailReview}

// makeMailDue makes parked messages due, and ends those that are too old to be of use, some hundred at a time.
func (o *Office) makeMailDue(ctx context.Context) error {
	for _, kind := range mailKinds {
		for more := true; more; {
			due, old, err := o.makeSomeDue(ctx, kind)
			if err != nil {
				return err
			}
			if more = due+old == mailDueBatch; due+old > 0 {
				o.Log.Info("office: messages that waited for a mail server", "kind", kind, "made_due", due, "too_old", old)
			}
		}
	}
	return nil
}

func (o *Office) makeSomeDue(ctx context.Context, kind string) (due, old int, err error) {
	err = o.Store.Write(ctx, fault.MakeMailDue, func(ctx context.Context, tx *store.Tx) error {
		due, old = 0, 0
		parked, err := tx.ParkedTasks(ctx, kind, mailDueBatch)
		if err != nil {
			return err
		}
		now := o.Now()
		for _, t := range parked {
			if now.Sub(t.CreatedAt) > mailForget {
				old++
				_, err = tx.FinishTask(ctx, t.ID, "too old to be sent", now)
			} else {
				due++
				err = tx.DelayTask(ctx, t.ID, "made due", now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return due, old, err
}

func (o *Office) sayUnsent(ctx context.Context) {
	var parked int
	err := o.Store.ReadOne(ctx, func(ctx context.Context, tx *store.Tx) error {
		parked = 0
		for _, kind := range mailKinds {
			n, err := tx.Parked(ctx, kind)
			if err != nil {
				return err
			}
			parked += n
		}
		return nil
	})
	if err == nil {
		o.Log.Warn("office: no mail server is set in city.toml, [mail]: messages by e-mail are not sent, they wait", "waiting", parked)
	}
}
