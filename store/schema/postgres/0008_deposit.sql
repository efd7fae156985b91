-- +goose Up

-- Deposits: batches that go to the bank on one slip, or a terminal's batch that its acquirer pays; moved by the table in
-- payout/slip.go. amount is what the slip or the terminal's report says and the bank should show, entered what our
-- batches come to: they differ only for a terminal.
create table deposit (
  id            text    not null primary key,
  kind          text    not null check (kind in ('cash_cheque', 'terminal')),
  account       text    not null check (account <> ''),
  day           text    not null,
  reference     text    not null check (reference <> ''),
  state         text    not null check (state in ('made', 'sent', 'banked')),
  amount_minor  bigint not null check (amount_minor > 0),
  entered_minor bigint not null,
  back_minor    bigint not null check (back_minor >= 0), -- of it, given back on the terminal
  made_by       text    not null check (made_by <> ''),
  made_at       bigint not null,
  bank_line_id  text    unique references bank_line (id),
  fee_minor     bigint not null check (fee_minor >= 0), -- that the acquirer kept of it
  short_minor   bigint not null,                        -- less at the bank than on the slip, as accepted_by says
  accepted_by   text    not null,
  version       bigint not null,
  check (kind = 'terminal' or (amount_minor = entered_minor and back_minor = 0 and fee_minor = 0)),
  check ((state = 'banked') = (bank_line_id is not null)),
  check (short_minor = 0 or (accepted_by <> '' and accepted_by <> made_by))
);
create unique index deposit_slip on deposit (kind, account, reference, day);
create index deposit_state on deposit (state, day);

-- Which batches are in which deposit, each in one. Append-only.
create table deposit_batch (
  batch_id     text    not null primary key references batch (id),
  deposit_id   text    not null references deposit (id),
  amount_minor bigint not null
);
create index deposit_batch_deposit on deposit_batch (deposit_id);

-- Every move of a deposit. Append-only.
create table deposit_event (
  deposit_id text    not null references deposit (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  note       text    not null,
  primary key (deposit_id, version)
);

-- Cheques that a payer's bank did not pay. in_hand: it never was in a deposit. The bank's own line of it comes before
-- (who is '') or after a person has entered it.
create table returned_cheque (
  id           text    not null primary key,
  tender_id    text    not null unique references tender (id),
  attempt_id   text    not null references attempt (id),
  amount_minor bigint not null check (amount_minor > 0),
  reason       text    not null check (reason <> ''),
  received_on  text    not null,
  returned_on  text    not null,
  in_hand      bigint not null check (in_hand in (0, 1)),
  entered_by   text    not null,
  entered_at   bigint not null,
  bank_line_id text    unique references bank_line (id),
  version      bigint not null,
  check (in_hand = 0 or bank_line_id is null),
  check (entered_by <> '' or bank_line_id is not null)
);
create index returned_cheque_attempt on returned_cheque (attempt_id);

-- The tickets that such a cheque had paid: no further cheque is taken for them. Append-only.
create table returned_ticket (
  ticket_id   text not null references ticket (id),
  returned_id text not null references returned_cheque (id),
  primary key (ticket_id, returned_id)
);
create index returned_ticket_returned on returned_ticket (returned_id);
-- A bank tells of a returned cheque by its amount and number.
create index tender_cheque on tender (tendered_minor) where kind = 'cheque';

-- Debts beside a ticket, each under a clause of its own: never a part of its penalty.
create table charge (
  id           text    not null primary key,
  kind         text    not null check (kind in ('nsf_fee')),
  returned_id  text    not null unique references returned_cheque (id),
  amount_minor bigint not null check (amount_minor > 0),
  clause       text    not null check (clause <> ''),
  state        text    not null check (state in ('owed', 'paid', 'waived')),
  made_at      bigint not null,
  attempt_id   text    references attempt (id), -- that paid it
  version      bigint not null,
  check ((state = 'paid') = (attempt_id is not null))
);
create unique index charge_attempt on charge (attempt_id) where attempt_id is not null;

-- Every move of a charge. Append-only.
create table charge_event (
  charge_id  text    not null references charge (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  note       text    not null,
  primary key (charge_id, version)
);

-- What came in and can't be taken for a ticket as it is: moved by the table in payment/item.go. Who has it, and since
-- when, stands in its exception. The note is sealed. attempt: the payment that it became, or, while it is kept, the
-- receipt without a ticket under which it was deposited.
create table item (
  id           text    not null primary key,
  kind         text    not null check (kind in ('cash', 'cheque', 'money_order')),
  amount_minor bigint not null check (amount_minor > 0),
  currency     text    not null,
  reason       text    not null,
  received_on  text    not null,
  drawn_on     text    not null,
  batch_id     text    references batch (id),
  reference    text    not null,
  state        text    not null check (state in ('kept', 'returned', 'resolved')),
  note         bytea,
  letter_on    text    not null,
  attempt_id   text    references attempt (id),
  entered_by   text    not null check (entered_by <> ''),
  entered_at   bigint not null,
  version      bigint not null,
  check ((state = 'returned') = (letter_on <> '')),
  check (state <> 'resolved' or attempt_id is not null),
  check (state <> 'returned' or attempt_id is null)
);
create index item_state on item (state, entered_at);
create index item_batch on item (batch_id) where batch_id is not null;
create index item_attempt on item (attempt_id) where attempt_id is not null;

-- Every move of an item. Append-only.
create table item_event (
  item_id    text    not null references item (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  note       text    not null,
  primary key (item_id, version)
);

-- +goose StatementBegin
create trigger deposit_batch_no_change before update or delete on deposit_batch for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger deposit_event_no_change before update or delete on deposit_event for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger returned_ticket_no_change before update or delete on returned_ticket for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger charge_event_no_change before update or delete on charge_event for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger item_event_no_change before update or delete on item_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop index tender_cheque;
drop table item_event;
drop table item;
drop table charge_event;
drop table charge;
drop table returned_ticket;
drop table returned_cheque;
drop table deposit_event;
drop table deposit_batch;
drop table deposit;
