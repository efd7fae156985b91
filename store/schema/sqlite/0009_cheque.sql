-- +goose Up

-- A refund can go back at the terminal too. The rule stands on the column, and a column's rule goes with it.
alter table refund rename column way to way_before;
alter table refund add column way text not null default 'processor' check (way in ('processor', 'cheque', 'terminal'));
update refund set way = way_before;
alter table refund drop column way_before;

-- To whom a refund's cheque is made out and where it is sent, sealed; one more each time that he is asked again.
-- Once it is erased, what is sealed is empty.
create table refund_payee (
  refund_id text    not null references refund (id),
  n         integer not null,
  sealed    blob    not null,
  asked_by  text    not null check (asked_by <> ''),
  asked_at  integer not null,
  erase_at  integer,
  erased_at integer,
  primary key (refund_id, n)
) strict;
create index refund_payee_erase on refund_payee (erase_at) where erased_at is null and erase_at is not null;

-- What accounts payable is asked to write. The digest of its file is keyed: what the file says can't be guessed
-- from it. Append-only.
create table requisition (
  id           text    not null primary key,
  number       integer not null unique,
  made_by      text    not null check (made_by <> ''),
  made_at      integer not null,
  digest       text    not null,
  refunds      integer not null,
  amount_minor integer not null
) strict;

-- Each cheque is asked for on one requisition. Append-only.
create table requisition_item (
  refund_id      text    not null references refund (id),
  n              integer not null, -- of its payee
  requisition_id text    not null references requisition (id),
  line           integer not null,
  amount_minor   integer not null check (amount_minor > 0),
  primary key (refund_id, n)
) strict;
create index requisition_item_of on requisition_item (requisition_id, line);

-- The cheques that were written. ended: cleared, returned, stale; '' is outstanding.
create table refund_cheque (
  refund_id    text    not null references refund (id),
  n            integer not null,
  number       text    not null unique check (number <> ''), -- without leading zeros
  day          text    not null,
  amount_minor integer not null check (amount_minor > 0),
  issued_by    text    not null,
  issued_at    integer not null,
  stale_at     integer not null,
  ended        text    not null,
  ended_at     integer,
  bank_line_id text    references bank_line (id),
  primary key (refund_id, n)
) strict;
create index refund_cheque_outstanding on refund_cheque (stale_at) where ended = '';
create unique index refund_cheque_bank_line on refund_cheque (bank_line_id) where bank_line_id is not null;

-- What was given back on a terminal, and by which number of its own. Append-only.
create table refund_terminal (
  refund_id text    not null primary key references refund (id),
  auth      text    not null check (auth <> ''),
  done_by   text    not null,
  done_at   integer not null
) strict;

-- What a person says of a refund that only two people move: at this version of it. Append-only.
create table refund_word (
  refund_id text    not null references refund (id),
  n         integer not null,
  version   integer not null,
  event     text    not null,
  why       text    not null,
  said_by   text    not null check (said_by <> ''),
  said_at   integer not null,
  primary key (refund_id, n)
) strict;

-- +goose StatementBegin
create trigger requisition_no_update before update on requisition begin select raise(abort, 'requisition is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger requisition_no_delete before delete on requisition begin select raise(abort, 'requisition is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger requisition_item_no_update before update on requisition_item begin select raise(abort, 'requisition_item is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger requisition_item_no_delete before delete on requisition_item begin select raise(abort, 'requisition_item is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_terminal_no_update before update on refund_terminal begin select raise(abort, 'refund_terminal is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_terminal_no_delete before delete on refund_terminal begin select raise(abort, 'refund_terminal is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_word_no_update before update on refund_word begin select raise(abort, 'refund_word is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger refund_word_no_delete before delete on refund_word begin select raise(abort, 'refund_word is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table refund_word;
drop table refund_terminal;
drop table refund_cheque;
drop table requisition_item;
drop table requisition;
drop table refund_payee;
