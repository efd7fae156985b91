-- +goose Up

-- The attempts whose end is awaited: those of some minutes, and what does not go on.
create index attempt_under_way on attempt (created_at)
where state in ('creating', 'open', 'expiring', 'processing', 'authorized', 'corrected_authorized', 'capturing', 'releasing');

-- +goose Down
drop index attempt_under_way;
