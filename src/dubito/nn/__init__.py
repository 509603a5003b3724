"""Small torch blocks that several rooms share."""
