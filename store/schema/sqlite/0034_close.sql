-- +goose Up

-- Why a review was closed without a decision; '' of one that was not, or that was closed before a reason was asked for.
alter table review add column closed_why text not null default '' check (closed_why in ('', 'stranger', 'twice', 'taken_back', 'unreadable'));

-- What the penalty was before a review reduced it, in cents; 0 of a review that has not, or that did before it was kept.
alter table review add column was_minor integer not null default 0 check (was_minor >= 0);

-- Who of staff has opened what was written with a review, and when first. Append-only.
create table review_opening (
  review_id text    not null references review (id),
  who       text    not null check (who <> ''),
  at        integer not null,
  primary key (review_id, who)
) strict;

-- Of a message, what it is about is an attempt, a code or a review: those about a review had nothing.
-- +goose StatementBegin
update mail_message
set ref = substr(task_key, 7, instr(substr(task_key, 7), '/') - 1)
where ref = ''
  and kind in ('mail_review', 'letter_review');
-- +goose StatementEnd

-- +goose StatementBegin
create trigger review_opening_no_update before update on review_opening begin select raise(abort, 'review_opening is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger review_opening_no_delete before delete on review_opening begin select raise(abort, 'review_opening is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table review_opening;
alter table review drop column was_minor;
alter table review drop column closed_why;
