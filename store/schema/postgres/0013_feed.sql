-- +goose Up

-- What the city expects of others, again and again: the bank's statements, the processor's list of payouts, a proved
-- backup. A row is made when it is first expected.
create table feed (
  name         text    not null primary key, -- payouts, backup, bank: and the account's name
  expected     text    not null, -- by when, for a person
  since        bigint not null,
  last_at      bigint,
  last_day text    not null, -- '' where it has no day of its own
  raised_day   text    not null, -- the newest day that has been put before a person
  next_at      bigint not null, -- when it is looked for again
  leased_until bigint not null, -- saves work, and protects nothing
  trouble      text    not null  -- why it could not be had the last time
);

-- Statements that a person had taken although the one before them is missing, and why. Append-only.
create table bank_gap (
  file          text   not null references bank_file (digest),
  line          bigint not null,
  account       text   not null,
  day           text   not null,
  last_day      text   not null,
  closing_minor bigint not null, -- what the last one ended with
  opening_minor bigint not null, -- what this one starts with
  why           text   not null,
  said_by       text   not null,
  said_at       bigint not null,
  primary key (file, line)
);

-- +goose StatementBegin
create trigger bank_gap_no_change before update or delete on bank_gap for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table bank_gap;
drop table feed;
