"""Requests that ask for harm, and harmless ones that look like them: where they come from and which are asked."""
