"""From rows to an atlas, stage by stage, and what changes one: added, removed, erased, learnt
again.
"""
