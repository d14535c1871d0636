"""Text: what notes say of symptoms, in words of our own dictionaries.

Enters    raw/text: the restricted bundle, where one was taken in; empty otherwise.
Leaves    `mention`: dictionary terms that were found, where, and what their sentence says of them.
Promises  no word of a note leaves but a dictionary term; the same notes and dictionaries give the same bytes;
          a dictionary, a rule or a tokeniser that changes changes the version that each row carries.
"""
