-- Staff look tickets up by day and street.

-- +goose Up
create index ticket_day on ticket (issued_on);

-- +goose Down
drop index ticket_day;
