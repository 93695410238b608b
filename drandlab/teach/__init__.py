"""Floor 8: the tools of a lesson: checked claims, errors that are shown, exercises, parameters."""

from drandlab.teach.claims import ClaimError, check, expect_error
from drandlab.teach.exercises import exercise
from drandlab.teach.notebooks import check_parameters

__all__ = ["ClaimError", "check", "check_parameters", "exercise", "expect_error"]
