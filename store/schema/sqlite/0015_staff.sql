-- +goose Up

-- Who works in the office, by the name that stands under what they do. A name is never given to another person.
create table staff_person (
  name       text    not null primary key,
  handle     blob    not null unique,
  since      integer not null,
  invited_by text    not null
) strict;

-- What each person may do now. What was given and taken stands in staff_event.
create table staff_role (
  name        text    not null references staff_person (name),
  role        text    not null,
  given_at    integer not null,
  given_by    text    not null,
  approved_by text    not null,
  primary key (name, role)
) strict;

-- Passkeys: public keys only. The host is the address that one was made for: it is good nowhere else. The record is
-- the library's own, with the counter that tells of a copy.
create table staff_key (
  id         blob    not null primary key,
  name       text    not null references staff_person (name),
  host       text    not null,
  record     text    not null,
  made_at    integer not null,
  used_at    integer not null,
  removed_at integer
) strict;
create index staff_key_name on staff_key (name);

-- One-time codes, as their HMAC. One that is used, or that another has replaced, has used_at.
create table staff_invitation (
  code     blob    not null primary key,
  name     text    not null references staff_person (name),
  made_at  integer not null,
  made_by  text    not null,
  until_at integer not null,
  used_at  integer
) strict;
create index staff_invitation_name on staff_invitation (name);

-- Sessions of one browser, by the HMAC of what it holds.
create table staff_session (
  token      blob    not null primary key,
  id         text    not null unique,
  name       text    not null references staff_person (name),
  began_at   integer not null,
  seen_at    integer not null,
  touched_at integer not null,
  agent      blob    not null,
  network    text    not null,
  ended_at   integer,
  ended_why  text    not null
) strict;
create index staff_session_name on staff_session (name, began_at);

-- Answers of passkeys that have been used: each is good once.
create table staff_answer (
  challenge text    not null primary key,
  used_at   integer not null
) strict;
create index staff_answer_used on staff_answer (used_at);

-- What one person asks for about another's rights, until a second has decided.
create table staff_change (
  id         text    not null primary key,
  name       text    not null references staff_person (name),
  kind       text    not null check (kind in ('roles', 'keys')),
  roles      text    not null,
  asked_by   text    not null check (asked_by <> ''),
  asked_at   integer not null,
  state      text    not null check (state in ('asked', 'approved', 'refused')),
  decided_by text    not null,
  decided_at integer,
  check (state <> 'approved' or decided_by <> asked_by),
  check (state = 'asked' or decided_by <> '')
) strict;
create index staff_change_open on staff_change (asked_at) where state = 'asked';

-- Everything that was done about a person's way in and rights. Append-only.
create table staff_event (
  id   text    not null primary key,
  at   integer not null,
  name text    not null,
  act  text    not null,
  who  text    not null,
  note text    not null
) strict;
create index staff_event_name on staff_event (name, at);

-- Staff look tickets up by number alone.
create index ticket_number on ticket (number_key);

-- +goose StatementBegin
create trigger staff_event_no_update before update on staff_event begin select raise(abort, 'staff_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger staff_event_no_delete before delete on staff_event begin select raise(abort, 'staff_event is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop index ticket_number;
drop table staff_event;
drop table staff_change;
drop table staff_answer;
drop table staff_session;
drop table staff_invitation;
drop table staff_key;
drop table staff_role;
drop table staff_person;
