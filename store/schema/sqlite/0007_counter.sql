-- +goose Up

-- Drawers for cash, and who has had which with how much in it. The float is the city's own and is in no account
-- here; what is taken stands in undeposited:cash. Two people close: who closes has not checked, and the clerk whose
-- drawer it is has not either.
create table drawer (
  id      text    not null primary key,
  name    text    not null unique,
  place   text    not null,
  made_at integer not null
) strict;

create table drawer_session (
  id               text    not null primary key,
  drawer_id        text    not null references drawer (id),
  state            text    not null check (state in ('open', 'closed')),
  opened_by        text    not null check (opened_by <> ''),
  opened_at        integer not null,
  float_minor      integer not null check (float_minor >= 0),
  closed_by        text    not null,
  checked_by       text    not null,
  closed_at        integer,
  counted_minor    integer,
  expected_minor   integer,
  over_short_minor integer,
  reason           text    not null,
  closings         integer not null, -- how often it was closed: each posts what was over or short under its own number
  version          integer not null,
  check (state = 'open' or (closed_by <> '' and checked_by <> '' and checked_by <> closed_by and checked_by <> opened_by)),
  check (state = 'open' or (closed_at is not null and over_short_minor is not null and over_short_minor = counted_minor - expected_minor)),
  check (state = 'open' or over_short_minor = 0 or reason <> '')
) strict;
-- A drawer is one clerk's at a time, and a clerk has one.
create unique index drawer_session_open on drawer_session (drawer_id) where state = 'open';
create unique index drawer_session_clerk on drawer_session (opened_by) where state = 'open';

-- What happened to a drawer. second: the other person, where one has to be there. Append-only.
create table drawer_event (
  session_id   text    not null references drawer_session (id),
  version      integer not null,
  at           integer not null,
  event        text    not null check (event in ('opened', 'dropped', 'closed', 'reopened')),
  who          text    not null check (who <> ''),
  second       text    not null,
  amount_minor integer not null,
  note         text    not null,
  primary key (session_id, version)
) strict;

-- How many of each coin and note were counted at an event: the float, a drop, all that is there at the close. Append-only.
create table drawer_count (
  session_id         text    not null references drawer_session (id),
  version            integer not null,
  what               text    not null check (what in ('open', 'drop', 'close')),
  denomination_minor integer not null check (denomination_minor in (5, 10, 25, 100, 200, 500, 1000, 2000, 5000, 10000)),
  n                  integer not null check (n > 0),
  primary key (session_id, version, denomination_minor)
) strict;

-- Tenders that go to the bank, or to the acquirer, together. Those of a drawer's session are closed with it; the
-- mail's is opened by two people, who add up what came before anything is entered.
create table batch (
  id              text    not null primary key,
  kind            text    not null check (kind in ('cash', 'cheque', 'terminal', 'mail')),
  state           text    not null check (state in ('open', 'closed', 'deposited')),
  opened_by       text    not null check (opened_by <> ''),
  second_by       text    not null,
  opened_at       integer not null,
  closed_by       text    not null,
  closed_at       integer,
  announced_minor integer not null,
  total_minor     integer not null,
  session_id      text    references drawer_session (id),
  version         integer not null,
  check (kind <> 'mail' or (second_by <> '' and second_by <> opened_by and announced_minor > 0 and session_id is null)),
  check (kind = 'mail' or session_id is not null),
  check (state = 'open' or (closed_by <> '' and closed_at is not null)),
  check (kind <> 'mail' or state = 'open' or total_minor = announced_minor)
) strict;
create unique index batch_session on batch (session_id, kind) where state = 'open' and session_id is not null;
create index batch_state on batch (state);

-- Every move of a batch. Append-only.
create table batch_event (
  batch_id    text    not null references batch (id),
  version     integer not null,
  at          integer not null,
  from_state  text    not null,
  event       text    not null,
  to_state    text    not null,
  who         text    not null,
  total_minor integer not null,
  note        text    not null,
  primary key (batch_id, version)
) strict;

-- Money as it was handed over. What was kept of it (tendered less change) is what counts towards the payment, what
-- the rounding of cash added or took, and what was too much and is the payer's. bank is the drawee's branch
-- (transit and institution), never an account; nobody's name stands here.
create table tender (
  id             text    not null primary key,
  attempt_id     text    not null references attempt (id),
  kind           text    not null check (kind in ('cash', 'cheque', 'money_order', 'terminal')),
  state          text    not null check (state in ('taken', 'reversed', 'returned')),
  amount_minor   integer not null check (amount_minor > 0),
  tendered_minor integer not null check (tendered_minor > 0),
  change_minor   integer not null check (change_minor >= 0),
  rounding_minor integer not null,
  excess_minor   integer not null check (excess_minor >= 0),
  reference      text    not null, -- of the cheque or money order its number, of the terminal its authorisation's
  bank           text    not null,
  drawn_on       text    not null,
  batch_id       text    not null references batch (id),
  received_on    text    not null,
  postmark_on    text    not null,
  entered_at     integer not null,
  version        integer not null,
  check (tendered_minor - change_minor = amount_minor + rounding_minor + excess_minor),
  check (kind = 'cash' or (change_minor = 0 and rounding_minor = 0 and reference <> '')),
  check (kind <> 'cash' or (tendered_minor % 5 = 0 and change_minor % 5 = 0))
) strict;
create index tender_attempt on tender (attempt_id);
create index tender_batch on tender (batch_id);
-- A returned item is found by its number.
create index tender_reference on tender (reference) where reference <> '';

-- Every move of a tender. Append-only.
create table tender_event (
  tender_id  text    not null references tender (id),
  version    integer not null,
  at         integer not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  note       text    not null,
  primary key (tender_id, version)
) strict;

-- The last printed number of each drawer, and of the mail. It is raised in the transaction that uses it.
create table receipt_series (
  name        text    not null primary key,
  last_number integer not null
) strict;

-- What belongs to an entry as a whole, beside its attempt: by whom, in which drawer, under which printed number, and
-- what was short and let go. Append-only.
create table counter_entry (
  attempt_id  text    not null primary key references attempt (id),
  series      text    not null references receipt_series (name),
  number      integer not null,
  session_id  text    references drawer_session (id),
  entered_by  text    not null check (entered_by <> ''),
  entered_at  integer not null,
  short_minor integer not null check (short_minor >= 0)
) strict;
create unique index counter_entry_number on counter_entry (series, number);
create index counter_entry_session on counter_entry (session_id) where session_id is not null;

-- Money that is put to a ticket and is not the whole of what is due. The ticket stays as it is, and part_paid_minor is
-- their sum: what comes later is quoted less by so much. It has no allocation: that is for who pays the rest.
create table part_payment (
  attempt_id   text    not null references attempt (id),
  ticket_id    text    not null references ticket (id),
  amount_minor integer not null check (amount_minor > 0),
  made_at      integer not null,
  undone_at    integer,
  primary key (attempt_id, ticket_id)
) strict;
create index part_payment_ticket on part_payment (ticket_id);
alter table ticket add column part_paid_minor integer not null default 0 check (part_paid_minor >= 0);

-- +goose StatementBegin
create trigger drawer_event_no_update before update on drawer_event begin select raise(abort, 'drawer_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger drawer_event_no_delete before delete on drawer_event begin select raise(abort, 'drawer_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger drawer_count_no_update before update on drawer_count begin select raise(abort, 'drawer_count is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger drawer_count_no_delete before delete on drawer_count begin select raise(abort, 'drawer_count is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger batch_event_no_update before update on batch_event begin select raise(abort, 'batch_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger batch_event_no_delete before delete on batch_event begin select raise(abort, 'batch_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger tender_event_no_update before update on tender_event begin select raise(abort, 'tender_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger tender_event_no_delete before delete on tender_event begin select raise(abort, 'tender_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger counter_entry_no_update before update on counter_entry begin select raise(abort, 'counter_entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger counter_entry_no_delete before delete on counter_entry begin select raise(abort, 'counter_entry is append-only'); end;
-- +goose StatementEnd

-- +goose Down
alter table ticket drop column part_paid_minor;
drop table part_payment;
drop table counter_entry;
drop table receipt_series;
drop table tender_event;
drop table tender;
drop table batch_event;
drop table batch;
drop table drawer_count;
drop table drawer_event;
drop table drawer_session;
drop table drawer;
