-- +goose Up

-- A payer's purpose. The e-mail address for the receipt is sealed before it reaches us.
create table payment (
  id            text    not null primary key,
  request_id    text    not null unique,
  request_hash  bytea    not null,
  channel       text    not null,
  language      text    not null,
  currency      text    not null,
  total_minor   bigint not null,
  quoted_at     bigint not null,
  sealed_email  bytea,
  created_at    bigint not null
);

-- The tickets of a payment and what each cost when it was quoted: frozen.
create table payment_ticket (
  payment_id   text    not null references payment (id),
  ticket_id    text    not null references ticket (id),
  amount_minor bigint not null,
  quoted_at    bigint not null,
  version      bigint not null,
  revenue      text    not null,
  components   text    not null,
  primary key (payment_id, ticket_id)
);
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
  amount_minor   bigint not null,
  reason         text    not null,
  blocked_ticket text    not null,
  receipt        text    not null,
  created_at     bigint not null,
  expires_at     bigint not null,
  captured_at    bigint,
  refreshed_at   bigint not null,
  next_at        bigint,
  shown_at       bigint,
  version        bigint not null
);
create index attempt_payment on attempt (payment_id);
create index attempt_due on attempt (next_at) where next_at is not null;
create unique index attempt_receipt on attempt (receipt) where receipt <> '';

-- Every move of an attempt. Append-only.
create table attempt_event (
  attempt_id text    not null references attempt (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  note       text    not null,
  primary key (attempt_id, version)
);

-- Which attempt has a ticket. The unique index is the last word on "paid once": whatever the code
-- above it does, a ticket has at most one live allocation.
create table allocation (
  ticket_id    text    not null references ticket (id),
  attempt_id   text    not null references attempt (id),
  amount_minor bigint not null,
  was_state    text    not null, -- of the ticket, to be given back with the money
  made_at      bigint not null,
  undone_at    bigint,
  primary key (ticket_id, attempt_id)
);
create unique index allocation_live on allocation (ticket_id) where undone_at is null;

-- What is still to be done outside: calls to the processor, mail, feeds. A lease saves work and
-- protects nothing: two workers on one row are harmless.
create table outbox (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  key          text    not null,
  n            bigint not null,
  params       text    not null,
  tries        bigint not null,
  next_at      bigint,
  leased_until bigint not null,
  done_at      bigint,
  result       text    not null,
  created_at   bigint not null
);
create index outbox_due on outbox (next_at) where next_at is not null;
create index outbox_ref on outbox (ref);

-- Processor events, once each: never the body.
create table inbox (
  event_id  text    not null primary key,
  kind      text    not null,
  object_id text    not null,
  attempt   text    not null,
  at        bigint not null,
  taken_at  bigint not null
);

-- A transaction of the ledger and its postings: each a movement between two accounts. Append-only.
create table ledger_entry (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  entered_at   bigint not null,
  effective_at bigint not null
);
-- One event posts once, whoever replays it.
create unique index ledger_entry_once on ledger_entry (kind, ref);

create table posting (
  entry_id     text    not null references ledger_entry (id),
  line         bigint not null,
  debit        text    not null,
  credit       text    not null,
  amount_minor bigint not null check (amount_minor > 0),
  ticket_id    text    not null,
  component    text    not null,
  primary key (entry_id, line)
);
create index posting_ticket on posting (ticket_id);

-- Leaves: what the log is told, written in the transaction that they tell of. The log itself gets
-- only sha-256(salt, opening). Append-only but for the place on the log.
create table leaf (
  id         text    not null primary key,
  at         bigint not null,
  kind       text    not null,
  salt       bytea    not null,
  opening    text    not null,
  commitment bytea    not null
);

-- +goose StatementBegin
create function fundy_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end
$$;
-- +goose StatementEnd
create trigger posting_no_change before update or delete on posting for each row execute function fundy_append_only();
create trigger ledger_entry_no_change before update or delete on ledger_entry for each row execute function fundy_append_only();
create trigger leaf_no_change before update or delete on leaf for each row execute function fundy_append_only();
create trigger attempt_event_no_change before update or delete on attempt_event for each row execute function fundy_append_only();
create trigger ticket_event_no_change before update or delete on ticket_event for each row execute function fundy_append_only();

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
drop trigger ticket_event_no_change on ticket_event;
drop function fundy_append_only();
