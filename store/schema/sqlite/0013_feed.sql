-- +goose Up

-- What the city expects of others, again and again: the bank's statements, the processor's list of payouts, a proved
-- backup. A row is made when it is first expected.
create table feed (
  name         text    not null primary key, -- payouts, backup, bank: and the account's name
  expected     text    not null, -- by when, for a person
  since        integer not null,
  last_at      integer,
  last_day text    not null, -- '' where it has no day of its own
  raised_day   text    not null, -- the newest day that has been put before a person
  next_at      integer not null, -- when it is looked for again
  leased_until integer not null, -- saves work, and protects nothing
  trouble      text    not null  -- why it could not be had the last time
) strict;

-- Statements that a person had taken although the one before them is missing, and why. Append-only.
create table bank_gap (
  file          text    not null references bank_file (digest),
  line          integer not null,
  account       text    not null,
  day           text    not null,
  last_day      text    not null,
  closing_minor integer not null, -- what the last one ended with
  opening_minor integer not null, -- what this one starts with
  why           text    not null,
  said_by       text    not null,
  said_at       integer not null,
  primary key (file, line)
) strict;

-- +goose StatementBegin
create trigger bank_gap_no_update before update on bank_gap begin select raise(abort, 'bank_gap is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger bank_gap_no_delete before delete on bank_gap begin select raise(abort, 'bank_gap is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table bank_gap;
drop table feed;
