"""A made-up community on a real site: people, posts, notes, ratings, and scoring runs of the real engine."""
