"""The embedders: faces to vectors that tell people apart, one file per backend."""
