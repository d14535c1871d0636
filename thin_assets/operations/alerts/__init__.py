"""Alerts: what went wrong, where, and what to do, told once to a webhook and by e-mail.

Belongs here: what is told of runs and checks, and how it is sent. Does not belong here: what is a failure.
Nothing of a patient is told: an error of ours says no value, and of any other only its class is told.
"""
