"""What people do with notes, one module per verb."""
