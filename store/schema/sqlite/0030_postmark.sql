-- +goose Up

-- Why the postmark of a payment by mail could not be read: a word, '' where it could, or nobody has looked.
alter table tender add column unreadable text not null default '';

-- The day whose price a payment by mail had; '' of those that were entered before it was kept.
alter table tender add column priced_on text not null default '';

-- +goose Down
alter table tender drop column priced_on;
alter table tender drop column unreadable;
