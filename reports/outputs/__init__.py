"""What pipelines and notebooks read of an audit: one module a format, each computed from the document alone."""
