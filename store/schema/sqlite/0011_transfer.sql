-- +goose Up

-- A ticket of a payment whose money was moved to another one is of it no more: moved_out_at. The one that it was moved
-- to is a row of its own, at the price of the same instant: moved_in_at. What was frozen is never rewritten.
alter table payment_ticket add column moved_out_at integer;
alter table payment_ticket add column moved_in_at integer;

-- What two people decide about money that is here: kind transfer puts it to another ticket; release, put, keep and
-- free end an attempt that stopped. Who has asked can take it back, and can't approve it.
create table correction (
  id           text    not null primary key,
  kind         text    not null check (kind in ('transfer', 'release', 'put', 'keep', 'free')),
  attempt_id   text    not null references attempt (id),
  from_ticket  text    not null, -- '' where no ticket is named
  to_ticket    text    not null,
  amount_minor integer not null check (amount_minor >= 0),
  rest_minor   integer not null check (rest_minor >= 0), -- of a transfer: what the new ticket costs less, put to none
  why          text    not null,
  state        text    not null check (state in ('asked', 'refused', 'done')),
  asked_by     text    not null check (asked_by <> ''),
  asked_at     integer not null,
  decided_by   text    not null,
  decided_at   integer,
  version      integer not null,
  check (state = 'refused' or decided_by <> asked_by),
  check (state = 'asked' or decided_by <> ''),
  check (kind <> 'transfer' or (from_ticket <> '' and to_ticket <> '' and from_ticket <> to_ticket and rest_minor < amount_minor))
) strict;
create index correction_attempt on correction (attempt_id);
-- One question about an attempt at a time.
create unique index correction_asked on correction (attempt_id) where state = 'asked';

-- A price that holds again because a payment came to nothing through us. Append-only.
create table price_promise (
  ticket_id    text    not null references ticket (id),
  attempt_id   text    not null references attempt (id),
  amount_minor integer not null check (amount_minor >= 0),
  components   text    not null,
  from_at      integer not null,
  until_at     integer not null,
  primary key (ticket_id, attempt_id)
) strict;

-- +goose StatementBegin
create trigger price_promise_no_update before update on price_promise begin select raise(abort, 'price_promise is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger price_promise_no_delete before delete on price_promise begin select raise(abort, 'price_promise is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table price_promise;
drop table correction;
alter table payment_ticket drop column moved_in_at;
alter table payment_ticket drop column moved_out_at;
