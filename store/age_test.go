package store_test

import (
	"context"
	"strings"
	"testing"

	"fundy/review"
	"fundy/store"
	"fundy/store/storetest"
	"fundy/ticket"
)

// aged is a city of the schema before photographs had an age and hearings could be missed.
var aged = []string{
	"insert into ticket (id, regime, series, number, number_key, issued_on, issued_at, time_known, offence, schedule, priors, place, make, no_plate, jurisdiction, plate_type, delivery, served_on, state, state_since, lookup, digest, batch, arrived_at, version) values ('t', 'generic', '', 'T-1', 'T1', '2026-06-01', 0, 0, 'METER', 's', 0, '', '', 1, '', '', 'windshield', '', 'review', 0, cast('l' as BLOB), cast('d' as BLOB), '', 0, 1)",
	"insert into ticket_photo (id, ticket_id, n, state, taken_on, kind, width, height, added_at, added_by, covers, version, sealed, copy_sealed, copy_width, copy_height) values ('pho', 't', 1, 'kept', '', 'jpeg', 1, 1, 7, 'anne', '[]', 1, cast('x' as BLOB), cast('' as BLOB), 0, 0)",
	"insert into ticket_photo_event (photo_id, version, at, act, who, why) values ('pho', 1, 7, 'added', 'anne', '')",
	"insert into review (id, reference, ticket_id, regime, state, way, language, channel, request_id, received_on, asked_at, due_on, held, entered_by, owner, hearing_on, decided_by, decided_at, amount_minor, until_on, refund, erase_at, erased_at, contact, statement, words, version, hearing_at, hearing_place) values ('r', 'AAAAA-BBBBB', 't', 'generic', 'hearing', 'email', 'en', 'portal', 'q', '2026-06-02', 9, '2026-06-20', 1, '', '', '2026-07-01', 'ben', null, 0, '', 0, null, null, cast('contact' as BLOB), cast('statement' as BLOB), cast('words' as BLOB), 2, '14:30', 'Room 2')",
	"insert into review_file (review_id, n, kind, bytes, sealed, added_at) values ('r', 1, 'jpeg', 1, cast('f' as BLOB), 9)",
	"insert into review_event (review_id, version, at, from_state, event, to_state, who) values ('r', 1, 9, '', 'ask', 'asked', '')",
	"insert into review_promise (ticket_id, review_id, amount_minor, components, from_at, until_at) values ('t', 'r', 1, '[]', 0, 1)",
	"insert into mail_message (reference, task_key, kind, ref, language, made_at, state, version) values ('m', 'fundy/r/mail_review/2', 'mail_review', '', 'en', 9, 'ready', 1)",
	"insert into mail_message (reference, task_key, kind, ref, language, made_at, state, version) values ('n', 'fundy/r/letter_review/2', 'letter_review', '', 'en', 9, 'ready', 1)",
	"insert into mail_message (reference, task_key, kind, ref, language, made_at, state, version) values ('o', 'fundy/test/x', 'mail_test', '', 'en', 9, 'ready', 1)",
}

// A city's reviews and photographs from before stay what they were, and so does what refers to them.
func TestReviewsAndPhotographsAreCarriedThroughAMigration(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, c store.Config) {
		ctx := context.Background()
		if err := store.MigrateTo(ctx, c, 31); err != nil {
			t.Fatal(err)
		}
		db := openRaw(t, c)
		for _, q := range aged {
			if _, err := db.Exec(blobs(c, q)); err != nil {
				t.Fatal(err)
			}
		}
		s := storetest.Open(t, c)
		err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
			r, err := tx.Review(ctx, "r")
			if err != nil {
				return err
			}
			if r.State != review.Hearing || r.HearingAt != "14:30" || r.Place != "Room 2" || string(r.Contact)+string(r.Statement)+string(r.Words) != "contactstatementwords" || r.Version != 2 || r.FilesCount != 1 || !r.Held {
				t.Errorf("%+v", r)
			}
			photos, err := tx.Photos(ctx, "t")
			if err != nil || len(photos) != 1 || photos[0].State != ticket.PhotoKept {
				t.Errorf("%+v, %v", photos, err)
			}
			told, err := tx.MessagesOfTicket(ctx, "t", 10)
			if err != nil || len(told) != 2 || told[0].Ref != "r" || r.Why != "" || !r.Was.IsZero() {
				t.Errorf("messages about it: %+v, %v", told, err)
			}
			events, err := tx.PhotoEvents(ctx, "pho")
			if err != nil || len(events) != 1 || events[0].Who != "anne" || events[0].Act != ticket.PhotoAdded {
				t.Errorf("%+v, %v", events, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{
			"update review set state = 'lost'",
			"update review set state = 'missed', decided_by = ''",
			"delete from review",
			"insert into review_file (review_id, n, kind, bytes, sealed, added_at) values ('none', 1, 'jpeg', 1, cast('f' as BLOB), 9)",
			strings.Replace(aged[3], "'r', 'AAAAA-BBBBB'", "'s', 'AAAAA-CCCCC'", 1),
			"delete from review_promise",
			"update review set closed_why = 'a whim'",
			"insert into review_opening (review_id, who, at) values ('r', '', 1)",
			"insert into review_opening (review_id, who, at) values ('none', 'anne', 1)",
			"update ticket_photo_event set why = 'x'",
			"delete from ticket_photo_event",
			"insert into ticket_photo_event (photo_id, version, at, act, who, why) values ('pho', 2, 8, 'aged', 'anne', '')",
			"insert into ticket_photo_event (photo_id, version, at, act, who, why) values ('pho', 2, 8, 'erased', '', 'x')",
		} {
			if _, err := db.Exec(blobs(c, q)); err == nil {
				t.Errorf("it is taken: %s", q)
			}
		}
		for _, q := range []string{
			"update review set state = 'missed'", "update review set again_on = '2026-07-02'",
			"insert into review_promise (ticket_id, review_id, amount_minor, components, from_at, until_at) values ('t', 'r', 1, '[]', 1, 2)",
			"insert into ticket_photo_event (photo_id, version, at, act, who, why) values ('pho', 2, 8, 'aged', '', '')",
		} {
			if _, err := db.Exec(q); err != nil {
				t.Errorf("%s: %v", q, err)
			}
		}
		var from int64
		if err := db.QueryRow("select aged_from from ticket_photo").Scan(&from); err != nil || from != 7 {
			t.Errorf("its age counts from %d: %v", from, err)
		}
	})
}
