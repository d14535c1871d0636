"""Numbers of groups before they leave: what is kept back, and how two months may differ."""
