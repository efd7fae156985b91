-- +goose Up

-- Money of an attempt that is to be given back; moved by the table in payment/refund.go. Two people decide:
-- who has asked can take it back, and can't approve it.
create table refund (
  id            text    not null primary key,
  attempt_id    text    not null references attempt (id),
  way           text    not null check (way in ('processor', 'cheque')),
  state         text    not null,
  amount_minor  integer not null check (amount_minor > 0),
  reason        text    not null,
  reopen        integer not null check (reopen in (0, 1)),
  asked_by      text    not null check (asked_by <> ''),
  asked_at      integer not null,
  decided_by    text    not null,
  decided_at    integer,
  processor_ref text    not null,
  failure       text    not null,
  reopened_at   integer,
  refreshed_at  integer not null,
  next_at       integer,
  version       integer not null,
  check (state = 'refused' or decided_by <> asked_by),
  check (state in ('asked', 'refused') or decided_by <> '')
) strict;
create index refund_attempt on refund (attempt_id);
create index refund_due on refund (next_at) where next_at is not null;
-- One refund at the processor is one of ours.
create unique index refund_processor on refund (processor_ref) where processor_ref <> '';

-- What of a refund is given back of which ticket; of money that was put to none, where the ticket is ''. Append-only.
create table refund_part (
  refund_id    text    not null references refund (id),
  ticket_id    text    not null,
  amount_minor integer not null check (amount_minor > 0),
  primary key (refund_id, ticket_id)
) strict;

-- Every move of a refund, and who made it; '' is the office itself. Append-only.
create table refund_event (
  refund_id  text    not null references refund (id),
  version    integer not null,
  at         integer not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  note       text    not null,
  primary key (refund_id, version)
) strict;

-- +goose StatementBegin
create trigger refund_event_no_update before update on refund_event begin select raise(abort, 'refund_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_event_no_delete before delete on refund_event begin select raise(abort, 'refund_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_part_no_update before update on refund_part begin select raise(abort, 'refund_part is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_part_no_delete before delete on refund_part begin select raise(abort, 'refund_part is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table refund_event;
drop table refund_part;
drop table refund;
