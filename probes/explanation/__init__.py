"""What a model looks at, and which words carry its decision."""
