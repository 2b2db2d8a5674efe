"""CrowS-Pairs: does a language model prefer the more stereotypical of two sentences?"""
