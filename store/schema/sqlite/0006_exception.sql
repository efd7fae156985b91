-- +goose Up

-- What a person has to look at: each with an owner and an age. What it is about closes it where it can.
create table exception (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  amount_minor integer not null,
  owner        text    not null check (owner <> ''),
  opened_at    integer not null,
  due_at       integer not null,
  closed_at    integer,
  closed_by    text    not null,
  outcome      text    not null,
  version      integer not null
) strict;
-- One thing is in the queue once, whoever finds it again.
create unique index exception_once on exception (kind, ref);
create index exception_open on exception (due_at) where closed_at is null;

-- Everything that was done about it. Append-only.
create table exception_event (
  exception_id text    not null references exception (id),
  version      integer not null,
  at           integer not null,
  act          text    not null,
  who          text    not null,
  note         text    not null,
  primary key (exception_id, version)
) strict;

-- +goose StatementBegin
create trigger exception_event_no_update before update on exception_event begin select raise(abort, 'exception_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger exception_event_no_delete before delete on exception_event begin select raise(abort, 'exception_event is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table exception_event;
drop table exception;
