def write_journal(workspace, session, arrivals):
    return None
