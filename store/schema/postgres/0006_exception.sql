-- +goose Up

-- What a person has to look at: each with an owner and an age. What it is about closes it where it can.
create table exception (
  id           text    not null primary key,
  kind         text    not null,
  ref          text    not null,
  amount_minor bigint not null,
  owner        text    not null check (owner <> ''),
  opened_at    bigint not null,
  due_at       bigint not null,
  closed_at    bigint,
  closed_by    text    not null,
  outcome      text    not null,
  version      bigint not null
);
-- One thing is in the queue once, whoever finds it again.
create unique index exception_once on exception (kind, ref);
create index exception_open on exception (due_at) where closed_at is null;

-- Everything that was done about it. Append-only.
create table exception_event (
  exception_id text    not null references exception (id),
  version      bigint not null,
  at           bigint not null,
  act          text    not null,
  who          text    not null,
  note         text    not null,
  primary key (exception_id, version)
);

-- +goose StatementBegin
create trigger exception_event_no_change before update or delete on exception_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table exception_event;
drop table exception;
