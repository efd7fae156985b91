-- +goose Up

-- What a file of rules was asked for upon: the digest of the rules that stood then, of the file itself, and the day
-- from which the council wants it. Empty for any other change.
alter table rule_change add column base text not null default '';
alter table rule_change add column source text not null default '';
alter table rule_change add column effective_on text not null default '';

-- What one person asks for about tickets and another decides: that one ends, that a charge is laid, that debts are
-- given up. Each is decided once.
create table ticket_ask (
  id           text    not null primary key,
  kind         text    not null check (kind in ('withdrawn', 'cancelled', 'void', 'court', 'write_off')),
  resolution   text    not null,
  why          text    not null check (why <> ''),
  digest       text    not null, -- of the tickets with what is owed on each, in hex
  tickets      integer not null check (tickets > 0),
  amount_minor integer not null,
  asked_by     text    not null check (asked_by <> ''),
  asked_at     integer not null,
  state        text    not null check (state in ('asked', 'approved', 'refused')),
  decided_by   text    not null,
  decided_at   integer,
  check (state <> 'approved' or decided_by <> asked_by),
  check (state = 'asked' or decided_by <> ''),
  check (kind <> 'write_off' or resolution <> '')
) strict;
create index ticket_ask_asked on ticket_ask (asked_at);
create index ticket_ask_open on ticket_ask (kind) where state = 'asked';

-- The tickets of each, with what was owed when it was asked for. Append-only.
create table ticket_ask_ticket (
  ask_id       text    not null references ticket_ask (id),
  ticket_id    text    not null references ticket (id),
  amount_minor integer not null,
  primary key (ask_id, ticket_id)
) strict;
create index ticket_ask_ticket_of on ticket_ask_ticket (ticket_id);

-- The report of tickets that ended reads them by when.
create index ticket_event_ended on ticket_event (recorded_at) where kind in ('state:withdrawn', 'state:cancelled', 'state:void', 'state:court');

-- +goose StatementBegin
create trigger ticket_ask_ticket_no_update before update on ticket_ask_ticket begin select raise(abort, 'ticket_ask_ticket is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_ask_ticket_no_delete before delete on ticket_ask_ticket begin select raise(abort, 'ticket_ask_ticket is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop index ticket_event_ended;
drop table ticket_ask_ticket;
drop table ticket_ask;
alter table rule_change drop column effective_on;
alter table rule_change drop column source;
alter table rule_change drop column base;
