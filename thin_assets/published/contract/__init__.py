"""What a product promises: its ODCS contract, its Croissant description, and which changes break it."""
