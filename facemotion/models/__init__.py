"""The models: two Protocols in ``base``, one file per backend, and the two registries here.

A backend is one file and one line in a registry. Its module, and the runtime it needs, is
imported only when somebody asks for it by name.
"""
