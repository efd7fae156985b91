-- +goose Up

-- Chargebacks, by the processor's id: a payer has asked his bank for the money of a payment. Moved by the table in
-- payment/dispute.go. What was said in one is not here.
create table dispute (
  id           text    not null primary key,
  attempt_id   text    references attempt (id), -- none: it is of no payment of ours
  state        text    not null,
  seen         text    not null,
  amount_minor integer not null check (amount_minor >= 0),
  fee_minor    integer not null,
  reason       text    not null,
  ending       text    not null,
  why          text    not null,
  opened_at    integer not null,
  due_at       integer,
  closed_at    integer,
  reopened_at  integer,
  refreshed_at integer not null,
  next_at      integer,
  version      integer not null,
  check (attempt_id is not null or state = 'stopped')
) strict;
create index dispute_attempt on dispute (attempt_id);
create index dispute_due on dispute (next_at) where next_at is not null;
create index dispute_opened on dispute (opened_at);
-- A dispute names a payment by the processor's id.
create index attempt_processor on attempt (processor_ref) where processor_ref <> '';

-- Every move of a chargeback. Append-only.
create table dispute_event (
  dispute_id text    not null references dispute (id),
  version    integer not null,
  at         integer not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  note       text    not null,
  primary key (dispute_id, version)
) strict;

-- When the processor is asked next for all disputes, and when it last answered, or was first asked. One row.
create table dispute_list (
  id          integer not null primary key check (id = 1),
  next_at     integer not null,
  answered_at integer not null
) strict;
insert into dispute_list (id, next_at, answered_at) values (1, 0, 0);

-- +goose StatementBegin
create trigger dispute_event_no_update before update on dispute_event begin select raise(abort, 'dispute_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dispute_event_no_delete before delete on dispute_event begin select raise(abort, 'dispute_event is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table dispute_list;
drop table dispute_event;
drop index attempt_processor;
drop table dispute;
