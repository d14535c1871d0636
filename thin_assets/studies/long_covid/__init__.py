"""Long COVID: symptoms from twelve weeks after an infection, in codes alone and with text."""
