"""Figures from plain numbers; needs the ``[plot]`` extra."""
