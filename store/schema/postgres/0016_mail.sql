-- +goose Up

-- What was sent, so that its reader can ask whether it is ours: no address, no text. Moved by the table in
-- payment/message.go.
create table mail_message (
  reference  text    not null primary key,
  task_key   text    not null,
  kind       text    not null,
  ref        text    not null,
  language   text    not null,
  made_at    bigint not null,
  sent_at    bigint,
  state      text    not null,
  version    bigint not null
);
-- One task is one message, however often it is tried.
create unique index mail_message_task on mail_message (task_key);
create index mail_message_ref on mail_message (ref) where ref <> '';

-- Every move of a message; '' made it by itself. Append-only.
create table mail_event (
  reference  text    not null references mail_message (reference),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  answer     text    not null,
  primary key (reference, version)
);

-- +goose StatementBegin
create trigger mail_event_no_change before update or delete on mail_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- What waits until messages can be sent.
create index outbox_parked on outbox (kind, id) where next_at is null and done_at is null;

-- +goose Down
drop index outbox_parked;
drop table mail_event;
drop table mail_message;
