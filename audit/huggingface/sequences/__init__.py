"""Encoder-decoders: a source is read by the encoder, and the decoder writes a target for it."""
