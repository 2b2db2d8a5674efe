"""Whose facts a summary keeps."""
