-- +goose Up

-- From when the days for which a photograph is kept count, at the earliest: the sweep moves it on while its ticket has not
-- ended, so that each photograph is looked at once in that time.
alter table ticket_photo add column aged_from bigint not null default 0;
update ticket_photo
set aged_from = added_at;
create index ticket_photo_aged on ticket_photo (aged_from) where state <> 'erased';

-- What was done to a photograph, as before, and that it was erased by its age: by the office itself, and for no other reason.
create table ticket_photo_line (
  photo_id text    not null references ticket_photo (id),
  version  bigint not null,
  at       bigint not null,
  act      text    not null check (act in ('added', 'released', 'taken_back', 'erased', 'aged')),
  who      text    not null check ((act = 'aged') = (who = '')),
  why      text    not null check (act in ('added', 'aged') or why <> ''),
  primary key (photo_id, version)
);
insert into ticket_photo_line (photo_id, version, at, act, who, why)
select photo_id, version, at, act, who, why
from ticket_photo_event;
drop table ticket_photo_event;
alter table ticket_photo_line rename to ticket_photo_event;

-- The day on which the party asked for another hearing, after one that it did not come to: once.
alter table review add column again_on text not null default '';

-- A price that holds again because a review was decided so, as before: once more where it is decided after a hearing that was
-- set anew.
create table review_promise_line (
  ticket_id    text    not null references ticket (id),
  review_id    text    not null references review (id),
  amount_minor bigint not null check (amount_minor >= 0),
  components   text    not null,
  from_at      bigint not null,
  until_at     bigint not null,
  primary key (ticket_id, review_id, from_at)
);
insert into review_promise_line (ticket_id, review_id, amount_minor, components, from_at, until_at)
select ticket_id, review_id, amount_minor, components, from_at, until_at
from review_promise;
drop table review_promise;
alter table review_promise_line rename to review_promise;

-- +goose StatementBegin
create trigger ticket_photo_event_no_change before update or delete on ticket_photo_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger review_promise_no_change before update or delete on review_promise for each row execute function fundy_append_only();
-- +goose StatementEnd

-- A review to whose hearing nobody came.
alter table review drop constraint review_state_check;
alter table review add constraint review_state_check check (state in ('asked', 'hearing', 'missed', 'kept', 'withdrawn', 'reduced', 'extended', 'closed', 'ended'));
alter table review drop constraint review_check1;
alter table review add constraint review_check1 check (state not in ('missed', 'kept', 'withdrawn', 'reduced', 'extended', 'hearing') or decided_by <> '');

-- +goose Down
drop index ticket_photo_aged;
alter table ticket_photo drop column aged_from;
alter table review drop column again_on;
