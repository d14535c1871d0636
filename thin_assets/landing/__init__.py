"""Landing: a delivery is looked at from outside, and let in or sent back.

Enters    a folder `deliveries/<country>/<YYYY-MM>/` with manifest, data files and, last, the marker file.
Leaves    an `Inspection`: which tables and rows, in which files, under which delivery id. No byte is changed.
Promises  complete, unaltered since the provider summed it, of this country and month, in a layout we know,
          and without a column that names a person. A value of a row is never looked at, nor shown.
"""
