"""Routes by what they are about; each parses, calls the library once and answers with
its document.
"""
