-- +goose Up

-- Files that went to the city's general ledger. The same range of closed days is the same digest. Append-only.
create table ledger_export (
  id          text    not null primary key,
  from_day    text    not null,
  until_day   text    not null,
  basis       text    not null,
  provisional integer not null check (provisional in (0, 1)),
  mapping     text    not null, -- SHA-256 of the mapping file
  digest      text    not null, -- of what was written
  lines       integer not null,
  debit_minor integer not null,
  made_by     text    not null check (made_by <> ''),
  made_at     integer not null
) strict;
create index ledger_export_range on ledger_export (from_day, until_day);

-- Debts that were given up, by whose resolution, and those that are owed again after it. Append-only.
create table write_off (
  entry_id     text    not null primary key references ledger_entry (id),
  kind         text    not null check (kind in ('write_off', 'write_off_recovered')),
  ticket_id    text    not null references ticket (id),
  resolution   text    not null check (resolution <> ''),
  amount_minor integer not null,
  effective_at integer not null,
  said_by      text    not null check (said_by <> ''),
  said_at      integer not null
) strict;
create index write_off_ticket on write_off (ticket_id);
create index write_off_effective on write_off (effective_at);

-- Years that are closed, with what they came to. What is entered later and is of them counts in an open year, and
-- is listed apart. Append-only.
create table year_lock (
  year      integer not null primary key,
  ends_at   integer not null,
  closed_by text    not null check (closed_by <> ''),
  closed_at integer not null,
  body      text    not null
) strict;

-- +goose StatementBegin
create trigger ledger_export_no_update before update on ledger_export begin select raise(abort, 'ledger_export is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_export_no_delete before delete on ledger_export begin select raise(abort, 'ledger_export is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger write_off_no_update before update on write_off begin select raise(abort, 'write_off is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger write_off_no_delete before delete on write_off begin select raise(abort, 'write_off is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger year_lock_no_update before update on year_lock begin select raise(abort, 'year_lock is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger year_lock_no_delete before delete on year_lock begin select raise(abort, 'year_lock is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table year_lock;
drop table write_off;
drop table ledger_export;
