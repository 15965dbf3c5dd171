"""Two scored folders side by side: what differs, where, and why."""
