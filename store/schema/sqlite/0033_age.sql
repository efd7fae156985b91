-- +goose Up

-- From when the days for which a photograph is kept count, at the earliest: the sweep moves it on while its ticket has not
-- ended, so that each photograph is looked at once in that time.
alter table ticket_photo add column aged_from integer not null default 0;
update ticket_photo
set aged_from = added_at;
create index ticket_photo_aged on ticket_photo (aged_from) where state <> 'erased';

-- What was done to a photograph, as before, and that it was erased by its age: by the office itself, and for no other reason.
create table ticket_photo_line (
  photo_id text    not null references ticket_photo (id),
  version  integer not null,
  at       integer not null,
  act      text    not null check (act in ('added', 'released', 'taken_back', 'erased', 'aged')),
  who      text    not null check ((act = 'aged') = (who = '')),
  why      text    not null check (act in ('added', 'aged') or why <> ''),
  primary key (photo_id, version)
) strict;
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
  amount_minor integer not null check (amount_minor >= 0),
  components   text    not null,
  from_at      integer not null,
  until_at     integer not null,
  primary key (ticket_id, review_id, from_at)
) strict;
insert into review_promise_line (ticket_id, review_id, amount_minor, components, from_at, until_at)
select ticket_id, review_id, amount_minor, components, from_at, until_at
from review_promise;
drop table review_promise;
alter table review_promise_line rename to review_promise;

-- +goose StatementBegin
create trigger ticket_photo_event_no_update before update on ticket_photo_event begin select raise(abort, 'ticket_photo_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_photo_event_no_delete before delete on ticket_photo_event begin select raise(abort, 'ticket_photo_event is append-only'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger review_promise_no_update before update on review_promise begin select raise(abort, 'review_promise is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger review_promise_no_delete before delete on review_promise begin select raise(abort, 'review_promise is append-only'); end;
-- +goose StatementEnd

-- A review to whose hearing nobody came. SQLite can't change a check: the table is made anew, under its name, so that what
-- refers to it still does; the references are looked at when all is there again. Nothing that is sealed stays behind in
-- the file: what is given up is written over, and what is carried over is carried in memory.
-- +goose StatementBegin
pragma defer_foreign_keys = on;
-- +goose StatementEnd
-- +goose StatementBegin
pragma secure_delete = on;
-- +goose StatementEnd
create temp table review_was as
select *
from review;
drop table review;
create table review (
  id           text    not null primary key,
  reference    text    not null,
  ticket_id    text    not null references ticket (id),
  regime       text    not null,
  state        text    not null check (state in ('asked', 'hearing', 'missed', 'kept', 'withdrawn', 'reduced', 'extended', 'closed', 'ended')),
  way          text    not null check (way in ('email', 'post')),
  language     text    not null,
  channel      text    not null check (channel in ('portal', 'office')),
  request_id   text    not null,
  received_on  text    not null,
  asked_at     integer not null,
  due_on       text    not null,
  held         integer not null check (held in (0, 1)),
  entered_by   text    not null,
  owner        text    not null,
  hearing_on   text    not null,
  decided_by   text    not null,
  decided_at   integer,
  amount_minor integer not null check (amount_minor >= 0),
  until_on     text    not null,
  refund       integer not null check (refund in (0, 1)),
  erase_at     integer,
  erased_at    integer,
  contact      blob    not null,
  statement    blob    not null,
  words        blob    not null,
  version      integer not null,
  hearing_at    text   not null default '',
  hearing_place text   not null default '',
  again_on      text   not null default '',
  check ((channel = 'office') = (entered_by <> '')),
  check (state not in ('missed', 'kept', 'withdrawn', 'reduced', 'extended', 'hearing') or decided_by <> '')
) strict;
insert into review
  (id, reference, ticket_id, regime, state, way, language, channel, request_id, received_on, asked_at, due_on, held, entered_by, owner,
  hearing_on, decided_by, decided_at, amount_minor, until_on, refund, erase_at, erased_at, contact, statement, words, version,
  hearing_at, hearing_place, again_on)
select
  id, reference, ticket_id, regime, state, way, language, channel, request_id, received_on, asked_at, due_on, held, entered_by, owner,
  hearing_on, decided_by, decided_at, amount_minor, until_on, refund, erase_at, erased_at, contact, statement, words, version,
  hearing_at, hearing_place, again_on
from review_was;
drop table review_was;
create unique index review_reference on review (reference);
create unique index review_request on review (request_id);
create index review_ticket on review (ticket_id);
-- One review of a ticket is under way.
create unique index review_open on review (ticket_id) where state in ('asked', 'hearing');
create index review_erase on review (erase_at) where erase_at is not null and erased_at is null;
create index review_ended on review (ticket_id) where state = 'ended';

-- +goose Down
drop index ticket_photo_aged;
alter table ticket_photo drop column aged_from;
alter table review drop column again_on;
