"""Spec -> plan: names are looked up, types given, implicit casts put in, mistakes refused.

`bind` is the way in; `scope` is what a name can mean; one file per thing bound.
"""
