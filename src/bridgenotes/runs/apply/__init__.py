"""From the engine's tables to rows: statuses, ranking, impacts, the right to write; in one transaction."""
