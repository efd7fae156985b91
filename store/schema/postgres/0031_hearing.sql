-- +goose Up

-- The hour ("14:30", on the city's clock) and the place of a review's hearing; '' where none was told.
alter table review add column hearing_at text not null default '';
alter table review add column hearing_place text not null default '';

-- +goose Down
alter table review drop column hearing_place;
alter table review drop column hearing_at;
