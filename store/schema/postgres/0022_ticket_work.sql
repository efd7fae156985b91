-- +goose Up

-- Who did what is said of a ticket: '' is the office itself, or an import.
alter table ticket_event add column who text not null default '';

-- What people note about a ticket. Nothing personal, by rule. Append-only.
create table ticket_note (
  ticket_id text    not null references ticket (id),
  n         bigint not null,
  at        bigint not null,
  who       text    not null check (who <> ''),
  note      text    not null check (note <> ''),
  primary key (ticket_id, n)
);

-- A transfer is a part of the story of both its tickets.
create index correction_from on correction (from_ticket) where from_ticket <> '';
create index correction_to on correction (to_ticket) where to_ticket <> '';

-- Who looked at a row that contradicts a ticket, and what came of it.
alter table import_quarantine add column resolved_by text not null default '';
alter table import_quarantine add column outcome text not null default '';
create index import_quarantine_open on import_quarantine (held_at) where resolved_at is null;

-- Books of paper tickets: a range of numbers, received, handed to an officer, brought back. Outside the office an
-- officer is known by number only.
create table ticket_book (
  id          text    not null primary key,
  series      text    not null,
  prefix      text    not null,
  first_no    bigint not null check (first_no >= 0),
  last_no     bigint not null,
  width       bigint not null, -- of a number, in digits, with its leading zeros
  received_by text    not null check (received_by <> ''),
  received_at bigint not null,
  officer     text    not null, -- '' while it is in the store
  handed_by   text    not null,
  handed_at   bigint,
  back_by     text    not null,
  back_at     bigint,
  version     bigint not null,
  check (last_no >= first_no),
  check (handed_at is null or (officer <> '' and handed_by <> '')),
  check (back_at is null or handed_at is not null)
);
create index ticket_book_range on ticket_book (series, prefix, width, first_no);

-- Numbers of a book that will never be a ticket, each with its reason. Append-only.
create table ticket_book_number (
  book_id text    not null references ticket_book (id),
  no      bigint not null,
  fate    text    not null check (fate in ('spoiled', 'lost')),
  why     text    not null check (why <> ''),
  who     text    not null check (who <> ''),
  at      bigint not null,
  primary key (book_id, no)
);

-- +goose StatementBegin
create trigger ticket_note_no_change before update or delete on ticket_note for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_book_number_no_change before update or delete on ticket_book_number for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table ticket_book_number;
drop table ticket_book;
drop index import_quarantine_open;
alter table import_quarantine drop column outcome;
alter table import_quarantine drop column resolved_by;
drop index correction_to;
drop index correction_from;
drop table ticket_note;
alter table ticket_event drop column who;
