"""Floor 8: what a lesson is made of: claims that are checked, errors that are shown, exercises, its parameters."""

from drandlab.teach.claims import ClaimError, check, expect_error
from drandlab.teach.exercises import exercise
from drandlab.teach.notebooks import check_parameters

__all__ = ["ClaimError", "check", "check_parameters", "exercise", "expect_error"]
