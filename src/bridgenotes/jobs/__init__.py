"""The worker: tasks and their schedule. Jobs are hints; what is to be done is a row in the database."""
