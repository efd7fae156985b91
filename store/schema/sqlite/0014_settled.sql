-- +goose Up

-- The attempts that the bank has not been seen to have: those of some days.
create index attempt_settled on attempt (id) where state = 'settled';

-- +goose Down
drop index attempt_settled;
