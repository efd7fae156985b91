-- +goose Up

-- Files that went to the city's general ledger. The same range of closed days is the same digest. Append-only.
create table ledger_export (
  id          text    not null primary key,
  from_day    text    not null,
  until_day   text    not null,
  basis       text    not null,
  provisional bigint not null check (provisional in (0, 1)),
  mapping     text    not null, -- SHA-256 of the mapping file
  digest      text    not null, -- of what was written
  lines       bigint not null,
  debit_minor bigint not null,
  made_by     text    not null check (made_by <> ''),
  made_at     bigint not null
);
create index ledger_export_range on ledger_export (from_day, until_day);

-- Debts that were given up, by whose resolution, and those that are owed again after it. Append-only.
create table write_off (
  entry_id     text    not null primary key references ledger_entry (id),
  kind         text    not null check (kind in ('write_off', 'write_off_recovered')),
  ticket_id    text    not null references ticket (id),
  resolution   text    not null check (resolution <> ''),
  amount_minor bigint not null,
  effective_at bigint not null,
  said_by      text    not null check (said_by <> ''),
  said_at      bigint not null
);
create index write_off_ticket on write_off (ticket_id);
create index write_off_effective on write_off (effective_at);

-- Years that are closed, with what they came to. What is entered later and is of them counts in an open year, and
-- is listed apart. Append-only.
create table year_lock (
  year      bigint not null primary key,
  ends_at   bigint not null,
  closed_by text    not null check (closed_by <> ''),
  closed_at bigint not null,
  body      text    not null
);

-- +goose StatementBegin
create trigger ledger_export_no_change before update or delete on ledger_export for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger write_off_no_change before update or delete on write_off for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger year_lock_no_change before update or delete on year_lock for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table year_lock;
drop table write_off;
drop table ledger_export;
