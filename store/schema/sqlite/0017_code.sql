-- One-time codes: a clerk reads one out, and its caller opens the tickets that were picked and pays them.

-- +goose Up
-- The digits are kept nowhere: the mac finds them, under the office's key. One payment at most is begun with each.
create table phone_code (
  id         text   not null primary key,
  mac        blob   not null unique,
  language   text   not null,
  made_at    integer not null,
  made_by    text   not null check (made_by <> ''),
  until_at   integer not null,
  opened_at  integer,
  used_at    integer,
  payment_id text   unique references payment (id),
  ended_at   integer,
  mailed_at  integer,
  check ((used_at is null) = (payment_id is null)),
  check (used_at is null or opened_at is not null),
  check (used_at is null or ended_at is null)
) strict;
create index phone_code_made on phone_code (made_by, made_at);

-- The tickets that a code opens, in the order in which they were picked.
create table phone_code_ticket (
  code_id   text    not null references phone_code (id),
  place     integer not null,
  ticket_id text    not null references ticket (id),
  primary key (code_id, place)
) strict;

-- +goose Down
drop table phone_code_ticket;
drop table phone_code;
