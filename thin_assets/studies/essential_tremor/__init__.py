"""Essential tremor: how often it is newly recorded, how many live with it, with what else, treated with
what."""
