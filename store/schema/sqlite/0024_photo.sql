-- +goose Up

-- Photographs of a contravention, each sealed to the office's key, and the copy of one that may be shown to who has the
-- ticket's number and plate, sealed too. Both are empty once they are erased. covers is JSON that only the office reads.
create table ticket_photo (
  id          text    not null primary key,
  ticket_id   text    not null references ticket (id),
  n           integer not null check (n between 1 and 99),
  state       text    not null check (state in ('kept', 'released', 'erased')),
  taken_on    text    not null,
  kind        text    not null check (kind in ('jpeg', 'png')),
  width       integer not null check (width > 0),
  height      integer not null check (height > 0),
  added_at    integer not null,
  added_by    text    not null check (added_by <> ''),
  covers      text    not null,
  version     integer not null,
  sealed      blob    not null,
  copy_sealed blob    not null,
  copy_width  integer not null,
  copy_height integer not null,
  unique (ticket_id, n),
  check ((state = 'released') = (copy_width > 0 and copy_height > 0))
) strict;

-- What was done to a photograph, by whom and why. Append-only.
create table ticket_photo_event (
  photo_id text    not null references ticket_photo (id),
  version  integer not null,
  at       integer not null,
  act      text    not null check (act in ('added', 'released', 'taken_back', 'erased')),
  who      text    not null check (who <> ''),
  why      text    not null check (act = 'added' or why <> ''),
  primary key (photo_id, version)
) strict;

-- +goose StatementBegin
create trigger ticket_photo_event_no_update before update on ticket_photo_event begin select raise(abort, 'ticket_photo_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ticket_photo_event_no_delete before delete on ticket_photo_event begin select raise(abort, 'ticket_photo_event is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table ticket_photo_event;
drop table ticket_photo;
