"""`fairwitness init`: settings, a policy and a pipeline to start from, which work as they are."""
