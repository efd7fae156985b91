-- +goose Up

-- Looking through who has what, once a year. One at a time is open; it ends when everybody who had a role has been looked at.
create table access_review (
  id       text    not null primary key,
  begun_at integer not null,
  begun_by text    not null check (begun_by <> ''),
  state    text    not null check (state in ('open', 'ended')),
  ended_at integer
) strict;
create unique index access_review_open on access_review (state) where state = 'open';

-- What was said of each person: confirmed as he is, or his removal asked of a second person. Nobody looks at himself. Append-only.
create table access_review_line (
  review  text    not null references access_review (id),
  name    text    not null references staff_person (name),
  roles   text    not null,
  outcome text    not null check (outcome in ('confirmed', 'removal_asked')),
  who     text    not null check (who <> name),
  at      integer not null,
  primary key (review, name)
) strict;

-- +goose StatementBegin
create trigger access_review_line_no_update before update on access_review_line begin select raise(abort, 'access_review_line is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger access_review_line_no_delete before delete on access_review_line begin select raise(abort, 'access_review_line is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table access_review_line;
drop table access_review;
