"""The page Compare: several analyses on one clock."""
