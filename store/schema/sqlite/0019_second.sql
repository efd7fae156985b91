-- +goose Up

-- What one person has counted, and a second counts again before it happens: a drawer's close, cash into the safe, a
-- batch of the mail. The constraint keeps the two apart.
create table counter_second (
  id             text    not null primary key,
  kind           text    not null check (kind in ('close', 'drop', 'mail')),
  session_id     text    references drawer_session (id),
  amount_minor   integer not null check (amount_minor >= 0),
  counted        text    not null, -- by coin and note
  expected_minor integer not null,
  reason         text    not null,
  asked_by       text    not null check (asked_by <> ''),
  asked_at       integer not null,
  state          text    not null check (state in ('asked', 'confirmed', 'withdrawn')),
  ended_by       text    not null,
  ended_at       integer,
  batch_id       text    references batch (id),
  check ((kind = 'mail') = (session_id is null)),
  check (state <> 'confirmed' or ended_by <> asked_by),
  check (state = 'asked' or (ended_by <> '' and ended_at is not null))
) strict;
-- A drawer waits for one second person at a time.
create unique index counter_second_session on counter_second (session_id) where state = 'asked' and session_id is not null;
create index counter_second_open on counter_second (asked_at) where state = 'asked';

-- +goose Down

drop table counter_second;
