"""Reports, what staff do about them, and the record of it. Sets no status."""
