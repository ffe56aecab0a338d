-- A batch of looks is the next ones in the order of this index: those behind them are not touched. Everything can be run
-- again.

drop index if exists trigger_looks_due;
create index trigger_looks_due on trigger_looks (look_at, trigger_id);
