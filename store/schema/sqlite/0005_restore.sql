-- +goose Up

-- A store that was restored from a copy misses what came after the copy. While one of its marks is not
-- lifted, no payment begins and none is allocated: first the processor is asked for all that came since.
create table restore_mark (
  id        text    not null primary key,
  backup_at integer not null, -- everything committed before this instant is in the copy
  marked_at integer not null,
  listed    integer not null, -- sessions that the processor listed
  attached  integer not null, -- of them, made again from what the processor keeps of them
  unplaced  integer not null, -- of those, without their tickets: a person decides
  lifted_at integer
) strict;
create index restore_mark_standing on restore_mark (backup_at) where lifted_at is null;

-- Backups that were opened again and found whole. The last one's age is the age of what a fire would leave.
create table backup_proof (
  id           text    not null primary key,
  backup_at    integer not null,
  proved_at    integer not null,
  file_digest  blob    not null, -- SHA-256 of the encrypted file
  store_digest blob    not null  -- of the store in it
) strict;
create index backup_proof_at on backup_proof (backup_at);

-- +goose Down
drop table backup_proof;
drop table restore_mark;
