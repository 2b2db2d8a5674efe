"""What is still known after unlearning."""
