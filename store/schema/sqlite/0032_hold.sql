-- +goose Up

-- The tickets on hold, oldest first: a list of what waits.
create index ticket_hold on ticket (state_since, id) where state = 'hold';

-- +goose Down
drop index ticket_hold;
