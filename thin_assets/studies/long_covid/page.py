def draw(snapshot, tables):
    return None
