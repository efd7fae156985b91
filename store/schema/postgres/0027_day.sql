-- +goose Up

-- What counts on a day is read by its kind and its instant together: by the kind alone, a day's report and its close read
-- all that was ever taken.
create index ledger_entry_day on ledger_entry (kind, effective_at);

-- +goose Down
drop index ledger_entry_day;
