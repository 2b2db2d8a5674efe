"""One file per question asked of a model. Pure: no torch, no files, no clocks."""
