-- +goose Up

-- Chargebacks, by the processor's id: a payer has asked his bank for the money of a payment. Moved by the table in
-- payment/dispute.go. What was said in one is not here.
create table dispute (
  id           text    not null primary key,
  attempt_id   text    references attempt (id), -- none: it is of no payment of ours
  state        text    not null,
  seen         text    not null,
  amount_minor bigint not null check (amount_minor >= 0),
  fee_minor    bigint not null,
  reason       text    not null,
  ending       text    not null,
  why          text    not null,
  opened_at    bigint not null,
  due_at       bigint,
  closed_at    bigint,
  reopened_at  bigint,
  refreshed_at bigint not null,
  next_at      bigint,
  version      bigint not null,
  check (attempt_id is not null or state = 'stopped')
);
create index dispute_attempt on dispute (attempt_id);
create index dispute_due on dispute (next_at) where next_at is not null;
create index dispute_opened on dispute (opened_at);
-- A dispute names a payment by the processor's id.
create index attempt_processor on attempt (processor_ref) where processor_ref <> '';

-- Every move of a chargeback. Append-only.
create table dispute_event (
  dispute_id text    not null references dispute (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  note       text    not null,
  primary key (dispute_id, version)
);

-- When the processor is asked next for all disputes, and when it last answered, or was first asked. One row.
create table dispute_list (
  id          bigint not null primary key check (id = 1),
  next_at     bigint not null,
  answered_at bigint not null
);
insert into dispute_list (id, next_at, answered_at) values (1, 0, 0);

-- +goose StatementBegin
create trigger dispute_event_no_change before update or delete on dispute_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table dispute_list;
drop table dispute_event;
drop index attempt_processor;
drop table dispute;
