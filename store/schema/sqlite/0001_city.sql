-- +goose Up

-- One row: which city this store is of. It must agree with the key files.
create table city_identity (
  one        integer not null primary key check (one = 1),
  city_id    text    not null,
  kind       text    not null check (kind in ('live', 'test', 'demo')),
  created_at integer not null
) strict;

-- Effective-dated rows of city.Rules. A new row never rewrites an old one.
create table city_rule (
  kind       text    not null,
  key        text    not null,
  from_day   text    not null,
  body       text    not null,
  applied_at integer not null,
  primary key (kind, key, from_day)
) strict;

-- Data keys of imports, each sealed to the office's public key.
create table data_key (
  id         text    not null primary key,
  sealed     blob    not null,
  created_at integer not null
) strict;

create table ticket (
  id             text    not null primary key,
  regime         text    not null,
  series         text    not null,
  number         text    not null,
  number_key     text    not null,
  issued_on      text    not null,
  issued_at      integer not null,
  time_known     integer not null,
  offence        text    not null,
  schedule       text    not null,
  fine_minor     integer,
  priors         integer not null,
  place          text    not null,
  make           text    not null,
  no_plate       integer not null,
  jurisdiction   text    not null,
  plate_type     text    not null,
  delivery       text    not null,
  served_on      text    not null,
  state          text    not null,
  state_since    integer not null,
  lookup         blob    not null,
  plate_index    blob,
  skeleton_index blob,
  plate_sealed   blob,
  data_key       text references data_key (id),
  digest         blob    not null,
  batch          text    not null,
  arrived_at     integer not null,
  version        integer not null
) strict;
-- Numbers come again: the key of a ticket within its city.
create unique index ticket_key on ticket (series, number_key, issued_on);
-- The one index of the public look-up.
create index ticket_lookup on ticket (lookup);
create index ticket_plate on ticket (plate_index) where plate_index is not null;
create index ticket_skeleton on ticket (skeleton_index) where skeleton_index is not null;

-- Dated events that deadlines count from, and every move of a ticket's state. Append-only.
create table ticket_event (
  ticket_id   text    not null references ticket (id),
  kind        text    not null,
  at          integer not null,
  recorded_at integer not null,
  why         text    not null,
  primary key (ticket_id, kind, recorded_at)
) strict;

create table import_batch (
  id         text    not null primary key,
  source     text    not null,
  mapping    text    not null,
  first_line integer not null,
  rows_new   integer not null,
  rows_same  integer not null,
  rows_held  integer not null,
  applied_at integer not null
) strict;

-- Rows that contradict a ticket we have. Their content stays sealed until a person looks.
create table import_quarantine (
  id          text    not null primary key,
  ticket_id   text    not null references ticket (id),
  reason      text    not null,
  digest      blob    not null,
  sealed      blob    not null,
  data_key    text    not null references data_key (id),
  source      text    not null,
  line        integer not null,
  held_at     integer not null,
  resolved_at integer
) strict;
-- The same contradicting row, imported again, is held once.
create unique index import_quarantine_row on import_quarantine (ticket_id, digest);

-- +goose Down
drop table import_quarantine;
drop table import_batch;
drop table ticket_event;
drop table ticket;
drop table data_key;
drop table city_rule;
drop table city_identity;
