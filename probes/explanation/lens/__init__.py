"""The logit lens: what every layer says at one place of a text, and which heads and layers make the difference."""
