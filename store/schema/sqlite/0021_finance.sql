-- +goose Up

-- Who has said what something unknown is. Words from before are nobody's by name.
alter table settlement_word add column said_by text not null default '';

-- Rules of the city that one person asks for, until a second has decided: prices, holidays, closures and outages. body
-- is the rows as city_rule will have them; digest is what the second person has looked at.
create table rule_change (
  id         text    not null primary key,
  kind       text    not null check (kind in ('schedule', 'holiday', 'closure', 'outage', 'file')),
  resolution text    not null,
  why        text    not null,
  body       text    not null,
  digest     text    not null,
  asked_by   text    not null check (asked_by <> ''),
  asked_at   integer not null,
  state      text    not null check (state in ('asked', 'approved', 'refused')),
  decided_by text    not null,
  decided_at integer,
  check (state <> 'approved' or decided_by <> asked_by),
  check (state = 'asked' or decided_by <> '')
) strict;
create index rule_change_asked on rule_change (asked_at);

-- +goose Down
drop table rule_change;
alter table settlement_word drop column said_by;
