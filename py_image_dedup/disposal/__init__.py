"""The only room that changes a user's files: journalled, verified, undoable."""
