"""What a journal says: facts for checkers, a timeline for views, a summary."""
