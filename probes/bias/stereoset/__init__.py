"""StereoSet: does a language model prefer the stereotypical continuation, and a sensible one to nonsense?"""
