-- +goose Up

-- The attempts that the bank has not been seen to have: those of some days.
create index attempt_settled on attempt (id) where state = 'settled';
-- The attempts of a payout, some hundred at a time.
drop index processor_line_payout;
create index processor_line_payout on processor_line (payout_id, attempt_id);

-- +goose Down
drop index processor_line_payout;
create index processor_line_payout on processor_line (payout_id);
drop index attempt_settled;
