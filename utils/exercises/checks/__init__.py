"""The right answers, a file a notebook; each is imported when it is first asked for."""
