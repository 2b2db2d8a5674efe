"""Style sheet, script, templates and catalogues of the report."""
