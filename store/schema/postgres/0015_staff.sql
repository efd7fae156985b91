-- +goose Up

-- Who works in the office, by the name that stands under what they do. A name is never given to another person.
create table staff_person (
  name       text    not null primary key,
  handle     bytea    not null unique,
  since      bigint not null,
  invited_by text    not null
);

-- What each person may do now. What was given and taken stands in staff_event.
create table staff_role (
  name        text    not null references staff_person (name),
  role        text    not null,
  given_at    bigint not null,
  given_by    text    not null,
  approved_by text    not null,
  primary key (name, role)
);

-- Passkeys: public keys only. The host is the address that one was made for: it is good nowhere else. The record is
-- the library's own, with the counter that tells of a copy.
create table staff_key (
  id         bytea    not null primary key,
  name       text    not null references staff_person (name),
  host       text    not null,
  record     text    not null,
  made_at    bigint not null,
  used_at    bigint not null,
  removed_at bigint
);
create index staff_key_name on staff_key (name);

-- One-time codes, as their HMAC. One that is used, or that another has replaced, has used_at.
create table staff_invitation (
  code     bytea    not null primary key,
  name     text    not null references staff_person (name),
  made_at  bigint not null,
  made_by  text    not null,
  until_at bigint not null,
  used_at  bigint
);
create index staff_invitation_name on staff_invitation (name);

-- Sessions of one browser, by the HMAC of what it holds.
create table staff_session (
  token      bytea    not null primary key,
  id         text    not null unique,
  name       text    not null references staff_person (name),
  began_at   bigint not null,
  seen_at    bigint not null,
  touched_at bigint not null,
  agent      bytea    not null,
  network    text    not null,
  ended_at   bigint,
  ended_why  text    not null
);
create index staff_session_name on staff_session (name, began_at);

-- Answers of passkeys that have been used: each is good once.
create table staff_answer (
  challenge text    not null primary key,
  used_at   bigint not null
);
create index staff_answer_used on staff_answer (used_at);

-- What one person asks for about another's rights, until a second has decided.
create table staff_change (
  id         text    not null primary key,
  name       text    not null references staff_person (name),
  kind       text    not null check (kind in ('roles', 'keys')),
  roles      text    not null,
  asked_by   text    not null check (asked_by <> ''),
  asked_at   bigint not null,
  state      text    not null check (state in ('asked', 'approved', 'refused')),
  decided_by text    not null,
  decided_at bigint,
  check (state <> 'approved' or decided_by <> asked_by),
  check (state = 'asked' or decided_by <> '')
);
create index staff_change_open on staff_change (asked_at) where state = 'asked';

-- Everything that was done about a person's way in and rights. Append-only.
create table staff_event (
  id   text    not null primary key,
  at   bigint not null,
  name text    not null,
  act  text    not null,
  who  text    not null,
  note text    not null
);
create index staff_event_name on staff_event (name, at);

-- Staff look tickets up by number alone.
create index ticket_number on ticket (number_key);

-- +goose StatementBegin
create trigger staff_event_no_change before update or delete on staff_event for each row execute function fundy_append_only();
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
