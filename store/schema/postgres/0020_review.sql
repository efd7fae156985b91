-- +goose Up

-- Who asks that a ticket be looked at again, and what was decided. Contact, statement and words are sealed to the office's
-- key; empty once they are erased. Moved by the table in review/state.go.
create table review (
  id           text    not null primary key,
  reference    text    not null,
  ticket_id    text    not null references ticket (id),
  regime       text    not null,
  state        text    not null check (state in ('asked', 'hearing', 'kept', 'withdrawn', 'reduced', 'extended', 'closed', 'ended')),
  way          text    not null check (way in ('email', 'post')),
  language     text    not null,
  channel      text    not null check (channel in ('portal', 'office')),
  request_id   text    not null,
  received_on  text    not null,
  asked_at     bigint not null,
  due_on       text    not null,
  held         bigint not null check (held in (0, 1)),
  entered_by   text    not null,
  owner        text    not null,
  hearing_on   text    not null,
  decided_by   text    not null,
  decided_at   bigint,
  amount_minor bigint not null check (amount_minor >= 0),
  until_on     text    not null,
  refund       bigint not null check (refund in (0, 1)),
  erase_at     bigint,
  erased_at    bigint,
  contact      bytea    not null,
  statement    bytea    not null,
  words        bytea    not null,
  version      bigint not null,
  check ((channel = 'office') = (entered_by <> '')),
  check (state not in ('kept', 'withdrawn', 'reduced', 'extended', 'hearing') or decided_by <> '')
);
create unique index review_reference on review (reference);
create unique index review_request on review (request_id);
create index review_ticket on review (ticket_id);
-- One review of a ticket is under way.
create unique index review_open on review (ticket_id) where state in ('asked', 'hearing');
create index review_erase on review (erase_at) where erase_at is not null and erased_at is null;
create index review_ended on review (ticket_id) where state = 'ended';

-- Photos and papers, each sealed in the portal, or where a letter was entered.
create table review_file (
  review_id text    not null references review (id),
  n         bigint not null check (n between 1 and 5),
  kind      text    not null check (kind in ('jpeg', 'png', 'pdf')),
  bytes     bigint not null,
  sealed    bytea    not null,
  added_at  bigint not null,
  primary key (review_id, n)
);

-- Every move of a review; who is '' for the party or the office itself. Append-only.
create table review_event (
  review_id  text    not null references review (id),
  version    bigint not null,
  at         bigint not null,
  from_state text    not null,
  event      text    not null,
  to_state   text    not null,
  who        text    not null,
  primary key (review_id, version)
);

-- A price that holds again because a review was decided so. Append-only.
create table review_promise (
  ticket_id    text    not null references ticket (id),
  review_id    text    not null references review (id),
  amount_minor bigint not null check (amount_minor >= 0),
  components   text    not null,
  from_at      bigint not null,
  until_at     bigint not null,
  primary key (ticket_id, review_id)
);

-- +goose StatementBegin
create trigger review_event_no_change before update or delete on review_event for each row execute function fundy_append_only();
-- +goose StatementEnd
-- +goose StatementBegin
create trigger review_promise_no_change before update or delete on review_promise for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table review_promise;
drop table review_event;
drop table review_file;
drop table review;
