"""360dialog's messaging API: the paths at `/`, handlers shared with the Graph mount."""
