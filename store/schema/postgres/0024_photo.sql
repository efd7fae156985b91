-- +goose Up

-- Photographs of a contravention, each sealed to the office's key, and the copy of one that may be shown to who has the
-- ticket's number and plate, sealed too. Both are empty once they are erased. covers is JSON that only the office reads.
create table ticket_photo (
  id          text    not null primary key,
  ticket_id   text    not null references ticket (id),
  n           bigint not null check (n between 1 and 99),
  state       text    not null check (state in ('kept', 'released', 'erased')),
  taken_on    text    not null,
  kind        text    not null check (kind in ('jpeg', 'png')),
  width       bigint not null check (width > 0),
  height      bigint not null check (height > 0),
  added_at    bigint not null,
  added_by    text    not null check (added_by <> ''),
  covers      text    not null,
  version     bigint not null,
  sealed      bytea    not null,
  copy_sealed bytea    not null,
  copy_width  bigint not null,
  copy_height bigint not null,
  unique (ticket_id, n),
  check ((state = 'released') = (copy_width > 0 and copy_height > 0))
);

-- What was done to a photograph, by whom and why. Append-only.
create table ticket_photo_event (
  photo_id text    not null references ticket_photo (id),
  version  bigint not null,
  at       bigint not null,
  act      text    not null check (act in ('added', 'released', 'taken_back', 'erased')),
  who      text    not null check (who <> ''),
  why      text    not null check (act = 'added' or why <> ''),
  primary key (photo_id, version)
);

-- +goose StatementBegin
create trigger ticket_photo_event_no_change before update or delete on ticket_photo_event for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table ticket_photo_event;
drop table ticket_photo;
