"""Every error that facemotion raises on purpose, in one tree.

FacemotionError
├── InputError            what the user gave cannot be used (exit code 2)
│   ├── SourceError       the URL or file is refused or cannot be fetched
│   ├── MediaError        the file is there but holds no usable picture
│   ├── SettingsError     a setting is out of range or names something unknown
│   ├── DownloadError     a model's weights cannot be fetched, or are not what was published
│   └── StorageError      a folder cannot be written, or the disk is full
├── ModelError            a model's weights are missing or broken
└── Cancelled             the user stopped the work

A message says what went wrong, with which thing, and what to do about it, in one line.
Errors of outside libraries are translated once, where the library is called.
"""


class FacemotionError(Exception):
    """Root of all deliberate errors; its text is fit to be shown to a person."""


class InputError(FacemotionError):
    """What the user gave cannot be used."""


class SourceError(InputError):
    """The URL or file is refused or cannot be fetched."""


class MediaError(InputError):
    """The file is there but holds no usable picture."""


class SettingsError(InputError):
    """A setting is out of range or names something unknown."""


class DownloadError(InputError):
    """A model's weights cannot be fetched, or what came is not what was published."""


class StorageError(InputError):
    """A folder cannot be written, or the disk is full."""


class ModelError(FacemotionError):
    """A model's weights are missing or broken."""


class Cancelled(FacemotionError):
    """The user stopped the work; what was finished is kept."""
