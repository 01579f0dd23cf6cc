"""The page Moments: gallery, the moment that is looked at, its evidence."""
