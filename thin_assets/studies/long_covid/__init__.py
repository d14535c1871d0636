"""Long COVID: symptoms from twelve weeks after an infection, in codes alone and in codes and text together."""
