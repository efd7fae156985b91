-- +goose Up

-- A payer's purpose. The e-mail address for the receipt is sealed before it reaches us.
create table payment (
  id            text    not null primary key,
  request_id    text    not null unique,
  request_hash  blob    not null,
  channel       text    not null,
  language      text    not null,
  currency      text    not null,
  total_minor   integer not null,
  quoted_at     integer not null,
  sealed_email  blob,
  created_at    integer not null
) strict;

-- The tickets of a payment and what each cost when it was quoted: frozen.
create table payment_ticket (
  payment_id   text    not null references payment (id),
  ticket_id    text    not null references ticket (id),
  amount_minor integer not null,
  quoted_at    integer not null,
  version      integer not null,
  revenue      text    not null,
  components   text    not null,
  primary key (payment_id, ticket_id)
) strict;
create index payment_ticket_ticket on payment_ticket (ticket_id);

-- One try at one processor session for a payment; moved by the table in payment/state.go.
create table attempt (
  id             text    not null primary key,
  payment_id     text    not null references payment (id),
  adapter        text    not null,
  state          text    not null,
  session        text    not null,
  session_url    text    not null,
  processor_ref  text    not null,
  amount_minor   integer not null,
  reason         text    not null,
  blocked_ticket text    not null,
  receipt        text    not null,
  created_at     integer not null,
  expires_at     integer not null,
  captured_at    integer,
  refreshed_at   integer not null,
  next_at        integer,
  shown_at       integer,
  version        integer not null
) strict;
create index attempt_payment on attempt (payment_id);
create index attempt_due on attempt (next_at) where next_at is not null;
create unique index attempt_receipt on attempt (receipt) where receipt <> '';

-- Every move of an attempt. Append-only.
create table attempt_event (
  attempt_id text    not null references attempt (id),
  version    integer not null,
  at         integer not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  note       text    not null,
  primary key (attempt_id, version)
) strict;

-- Which attempt has a ticket. The unique index is the last word on "paid once": whatever the code
-- above it does, a ticket has at most one live allocation.
create table allocation (
  ticket_id    text    not null references ticket (id),
  attempt_id   text    not null references attempt (id),
  amount_minor integer not null,
  was_state    text    not null, -- of the ticket, to be given back with the money
  made_at      integer not null,
  undone_at    integer,
  primary key (ticket_id, attempt_id)
) strict;
create unique index allocation_live on allocation (ticket_id) where undone_at is null;

-- What is still to be done outside: calls to the processor, mail, feeds. A lease saves work and
-- protects nothing: two workers on one row are harmless.
create table outbox (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  key          text    not null,
  n            integer not null,
  params       text    not null,
  tries        integer not null,
  next_at      integer,
  leased_until integer not null,
  done_at      integer,
  result       text    not null,
  created_at   integer not null
) strict;
create index outbox_due on outbox (next_at) where next_at is not null;
create index outbox_ref on outbox (ref);

-- Processor events, once each: never the body.
create table inbox (
  event_id  text    not null primary key,
  kind      text    not null,
  object_id text    not null,
  attempt   text    not null,
  at        integer not null,
  taken_at  integer not null
) strict;

-- A transaction of the ledger and its postings: each a movement between two accounts. Append-only.
create table ledger_entry (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  entered_at   integer not null,
  effective_at integer not null
) strict;
-- One event posts once, whoever replays it.
create unique index ledger_entry_once on ledger_entry (kind, ref);

create table posting (
  entry_id     text    not null references ledger_entry (id),
  line         integer not null,
  debit        text    not null,
  credit       text    not null,
  amount_minor integer not null check (amount_minor > 0),
  ticket_id    text    not null,
  component    text    not null,
  primary key (entry_id, line)
) strict;
create index posting_ticket on posting (ticket_id);

-- Leaves: what the log is told, written in the transaction that they tell of. The log itself gets
-- only sha-256(salt, opening). Append-only but for the place on the log.
create table leaf (
  id         text    not null primary key,
  at         integer not null,
  kind       text    not null,
  salt       blob    not null,
  opening    text    not null,
  commitment blob    not null
) strict;

-- +goose StatementBegin
create trigger posting_no_update before update on posting begin select raise(abort, 'posting is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger posting_no_delete before delete on posting begin select raise(abort, 'posting is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_entry_no_update before update on ledger_entry begin select raise(abort, 'ledger_entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_entry_no_delete before delete on ledger_entry begin select raise(abort, 'ledger_entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger leaf_no_update before update on leaf begin select raise(abort, 'leaf is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger leaf_no_delete before delete on leaf begin select raise(abort, 'leaf is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger attempt_event_no_update before update on attempt_event begin select raise(abort, 'attempt_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger attempt_event_no_delete before delete on attempt_event begin select raise(abort, 'attempt_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_event_no_update before update on ticket_event begin select raise(abort, 'ticket_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_event_no_delete before delete on ticket_event begin select raise(abort, 'ticket_event is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table leaf;
drop table posting;
drop table ledger_entry;
drop table inbox;
drop table outbox;
drop table allocation;
drop table attempt_event;
drop table attempt;
drop table payment_ticket;
drop table payment;
