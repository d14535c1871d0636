"""What the vocabulary says a recorded concept stands for: knows the tables of words, and no room."""
