"""Expression classifiers, one file each."""
