-- +goose Up

-- A file that came by a folder, or that somebody has brought, by its content: none is read twice. Of the bank's only those are
-- here that were refused, so that a person can look at them. What stands in a file is not here: its totals are.
create table folder_file (
  id            text    not null primary key, -- the first sixteen letters of its digest
  kind          text    not null check (kind in ('tickets', 'bank')),
  digest        text    not null,
  name          text    not null,
  place         text    not null, -- in its folder, while it is held
  mapping       text    not null,
  state         text    not null check (state in ('taking', 'held', 'applied', 'refused')),
  why           text    not null, -- it is held
  rows_read     bigint not null check (rows_read >= 0),
  rows_new      bigint not null check (rows_new >= 0),
  rows_same     bigint not null check (rows_same >= 0),
  rows_changed  bigint not null check (rows_changed >= 0),
  rows_rejected bigint not null check (rows_rejected >= 0),
  fines_minor   bigint not null,
  came_at       bigint not null,
  ended_at      bigint,
  who           text    not null, -- has applied it or refused it; '': the office itself
  note          text    not null, -- why it was refused
  version       bigint not null,
  check ((state in ('applied', 'refused')) = (ended_at is not null)),
  check (state <> 'held' or why <> ''),
  check (state <> 'refused' or note <> '')
);
create unique index folder_file_digest on folder_file (digest);
create index folder_file_came on folder_file (kind, came_at);
create index folder_file_open on folder_file (came_at) where state in ('taking', 'held');

-- When a file of tickets came last.
create index import_batch_applied on import_batch (applied_at);

-- +goose Down
drop index import_batch_applied;
drop table folder_file;
