"""The page Ask: questions in plain words, and filters."""
