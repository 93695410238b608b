"""Floor 8: what a lesson is made of: claims that are checked, errors that are shown."""

from drandlab.teach.claims import check, expect_error

__all__ = ["check", "expect_error"]
