-- +goose Up

-- By which id the processor's balance knows an attempt's money.
create table processor_charge (
  charge     text    not null primary key,
  attempt_id text    not null unique references attempt (id),
  seen_at    integer not null
) strict;

-- Transfers to the bank, as the processor tells of them. posted_at: its lines add up and are in the ledger.
create table payout (
  id           text    not null primary key,
  adapter      text    not null,
  state        text    not null,
  amount_minor integer not null,
  currency     text    not null,
  arrival_day  text    not null,
  automatic    integer not null,
  descriptor   text    not null,
  trace        text    not null,
  failure      text    not null,
  fault        text    not null, -- why it can't be posted
  created_at   integer not null,
  read_at      integer not null,
  posted_at    integer,
  failed_at    integer
) strict;
create index payout_created on payout (created_at);

-- The lines of a payout, once each, whoever reads them again. Append-only.
create table processor_line (
  id           text    not null primary key,
  payout_id    text    not null references payout (id),
  kind         text    not null,
  word         text    not null,
  source       text    not null,
  amount_minor integer not null,
  fee_minor    integer not null,
  net_minor    integer not null,
  currency     text    not null,
  created_at   integer not null,
  attempt_id   text    not null, -- '' where it is of none of ours
  class        text    not null,
  why          text    not null,
  read_at      integer not null
) strict;
create index processor_line_payout on processor_line (payout_id);
create index processor_line_source on processor_line (source);
-- An attempt's money comes once.
create unique index processor_line_attempt on processor_line (attempt_id) where attempt_id <> '';

-- Files of the bank that were taken, by their content.
create table bank_file (
  digest  text    not null primary key,
  name    text    not null,
  format  text    not null,
  lines   integer not null,
  read_at integer not null
) strict;

create table bank_statement (
  file          text    not null references bank_file (digest),
  line          integer not null,
  account       text    not null,
  day           text    not null,
  opening_minor integer,
  closing_minor integer,
  lines         integer not null,
  primary key (file, line)
) strict;
create index bank_statement_account on bank_statement (account, day);

-- The bank's lines, once each: the id is a keyed digest of all that the bank says of a line and of its place
-- among lines that are the same. The text, which can name a person, is kept only of lines that are the processor's.
create table bank_line (
  id           text    not null primary key,
  file         text    not null references bank_file (digest),
  line         integer not null,
  account      text    not null,
  value_day    text    not null,
  booked_day   text    not null,
  amount_minor integer not null,
  type         text    not null,
  reference    text    not null,
  text         text    not null,
  claim        text    not null, -- processor, deposit, not_ours, unknown
  rule         text    not null,
  read_at      integer not null
) strict;
create index bank_line_day on bank_line (value_day);
create index bank_line_claim on bank_line (claim, value_day);

-- Which line of the bank a payout is; kind return: the line that took it back. One to one.
create table payout_match (
  payout_id    text    not null references payout (id),
  kind         text    not null check (kind in ('payout', 'return')),
  bank_line_id text    not null unique references bank_line (id),
  matched_at   integer not null,
  primary key (payout_id, kind)
) strict;

-- Days that are closed, with what they came to. Append-only.
create table settlement_day (
  day       text    not null primary key,
  ends_at   integer not null,
  closed_at integer not null,
  body      text    not null
) strict;

-- What a person says of something that nobody could explain: its class, and why. Once.
create table settlement_word (
  ref     text    not null primary key,
  class   text    not null,
  why     text    not null,
  said_at integer not null
) strict;
create index ledger_entry_effective on ledger_entry (effective_at);
create index payment_quoted on payment (quoted_at);

-- +goose StatementBegin
create trigger processor_line_no_update before update on processor_line begin select raise(abort, 'processor_line is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger processor_line_no_delete before delete on processor_line begin select raise(abort, 'processor_line is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_day_no_update before update on settlement_day begin select raise(abort, 'settlement_day is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_day_no_delete before delete on settlement_day begin select raise(abort, 'settlement_day is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop index payment_quoted;
drop index ledger_entry_effective;
drop table settlement_word;
drop table settlement_day;
drop table payout_match;
drop table bank_line;
drop table bank_statement;
drop table bank_file;
drop table processor_line;
drop table payout;
drop table processor_charge;
