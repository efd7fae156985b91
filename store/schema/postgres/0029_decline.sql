-- +goose Up

-- Tries on a card page that took nothing, as they were seen while a person looked: why, as far as may be said, and when.
-- Nothing of the card. The attempt itself stays open. Append-only.
create table card_decline (
  attempt_id text    not null references attempt (id),
  try_ref    text    not null,
  reason     text    not null,
  seen_at    bigint not null,
  primary key (attempt_id, try_ref)
);

-- +goose StatementBegin
create trigger card_decline_no_change before update or delete on card_decline for each row execute function fundy_append_only();
-- +goose StatementEnd

-- +goose Down
drop table card_decline;
