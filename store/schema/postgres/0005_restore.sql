-- +goose Up

-- A store that was restored from a copy misses what came after the copy. While one of its marks is not
-- lifted, no payment begins and none is allocated: first the processor is asked for all that came since.
create table restore_mark (
  id        text    not null primary key,
  backup_at bigint not null, -- everything committed before this instant is in the copy
  marked_at bigint not null,
  listed    bigint not null, -- sessions that the processor listed
  attached  bigint not null, -- of them, made again from what the processor keeps of them
  unplaced  bigint not null, -- of those, without their tickets: a person decides
  lifted_at bigint
);
create index restore_mark_standing on restore_mark (backup_at) where lifted_at is null;

-- Backups that were opened again and found whole. The last one's age is the age of what a fire would leave.
create table backup_proof (
  id           text    not null primary key,
  backup_at    bigint not null,
  proved_at    bigint not null,
  file_digest  bytea    not null, -- SHA-256 of the encrypted file
  store_digest bytea    not null  -- of the store in it
);
create index backup_proof_at on backup_proof (backup_at);

-- +goose Down
drop table backup_proof;
drop table restore_mark;
