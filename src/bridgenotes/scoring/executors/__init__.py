"""Who runs steps in other processes: `graph.Elsewhere`, and the shards of one fit."""
