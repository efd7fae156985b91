-- +goose Up

-- Tries on a card page that took nothing, as they were seen while a person looked: why, as far as may be said, and when.
-- Nothing of the card. The attempt itself stays open. Append-only.
create table card_decline (
  attempt_id text    not null references attempt (id),
  try_ref    text    not null,
  reason     text    not null,
  seen_at    integer not null,
  primary key (attempt_id, try_ref)
) strict;

-- +goose StatementBegin
create trigger card_decline_no_update before update on card_decline begin select raise(abort, 'card_decline is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger card_decline_no_delete before delete on card_decline begin select raise(abort, 'card_decline is append-only'); end;
-- +goose StatementEnd

-- +goose Down
drop table card_decline;
