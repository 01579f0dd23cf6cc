"""The page Compare models: several classifiers on the same faces."""
